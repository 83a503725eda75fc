"""The sandboxes as processes: ready lines, clean ends, and a whole conversation judged from the journals."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.journal import read_journal
from sandbox.people.town import Town, TownError
from tests.waiting import patience

ROOT = Path(__file__).resolve().parents[3]
TOKENS = {11111111: "11111111:" + "A" * 35, 22222222: "22222222:" + "B" * 35}
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def sandbox() -> Iterator[Start]:
    """Starts `python -m sandbox …`; what still runs after the test is ended."""
    with ExitStack() as stack:
        started: list[subprocess.Popen[str]] = []

        def start(*arguments: str) -> "subprocess.Popen[str]":
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "sandbox", *arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            started.append(process)
            return process

        yield start
        for process in started:
            if process.poll() is None:
                process.terminate()


def ready(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    told: dict[str, Any] = json.loads(process.stdout.readline())
    assert told["ready"] is True
    return told


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_the_llm_process_says_where_it_listens_and_ends_cleanly(
    sandbox: Start, tmp_path: Path, name: signal.Signals
) -> None:
    process = sandbox("llm", "--port", "0", "--journal", str(tmp_path / "llm.jsonl"), "--rpm", "7")
    port = ready(process)["port"]
    reply = httpx.get(f"http://127.0.0.1:{port}/v1/models", headers={"Authorization": "Bearer x"})
    assert reply.status_code == 200
    process.send_signal(name)
    assert process.wait(patience(10)) == 0
    assert [event["event"] for event in read_journal(tmp_path / "llm.jsonl")] == ["start", "stop"]


def test_the_llm_process_takes_limits_a_day_and_groqs_headers(sandbox: Start, tmp_path: Path) -> None:
    options = ("--rpd", "1", "--tpd", "5000", "--headers", "groq", "--base-latency", "0")
    process = sandbox("llm", "--port", "0", "--journal", str(tmp_path / "llm.jsonl"), *options)
    url = f"http://127.0.0.1:{ready(process)['port']}/v1/chat/completions"
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
    replies = [httpx.post(url, json=body, headers={"Authorization": "Bearer x"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[0].headers["x-ratelimit-limit-requests"] == "1"
    assert int(replies[1].headers["retry-after"]) > 80_000
    assert "requests per day (RPD)" in replies[1].json()["error"]["message"]


def test_a_port_in_use_is_explained(sandbox: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = sandbox("llm", "--port", port, "--journal", str(tmp_path / "llm.jsonl"))
        _, told = process.communicate(timeout=patience(20))
    assert process.returncode == 1
    assert port in told
    assert "choose another port" in told
    assert "Traceback" not in told


def test_people_with_nowhere_to_talk_say_so(sandbox: Start, tmp_path: Path) -> None:
    telegram = sandbox("telegram", "--port", "0", "--control-port", "0", "--journal", str(tmp_path / "t.jsonl"))
    control_url = f"http://127.0.0.1:{ready(telegram)['control_port']}"
    people = sandbox("people", "--control-url", control_url, "--for", "1")
    _, told = people.communicate(timeout=patience(30))
    assert people.returncode == 1
    assert "has no chat yet" in told
    assert "Traceback" not in told


def test_people_whose_sandbox_is_away_wait_a_while_and_then_say_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"

    async def visit() -> None:
        async with Town(url, patience=0.3) as town:
            await town.chats()

    began = time.monotonic()
    with pytest.raises(TownError, match="--control-url"):
        asyncio.run(visit())
    assert time.monotonic() - began >= 0.3


class Echo:
    """A stand-in for the fleet: every bot polls, and answers through the LLM what is labelled for it."""

    def __init__(self, bot_api: str, llm: str) -> None:
        self._bot_api, self._llm = bot_api, llm
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(bot_id,)) for bot_id in TOKENS]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(patience(10))

    def _run(self, bot_id: int) -> None:
        with httpx.Client(base_url=f"{self._bot_api}/bot{TOKENS[bot_id]}", timeout=patience(20)) as bot:
            me = bot.post("/getMe").json()["result"]
            offset = 0
            while not self._stop.is_set():
                updates = bot.post("/getUpdates", json={"timeout": 1, "offset": offset}).json()["result"]
                for update in updates:
                    offset = update["update_id"] + 1
                    text = update.get("message", {}).get("text", "")
                    if text.startswith((me["first_name"], f"@{me['username']}")):
                        self._answer(bot, me, update["message"])

    def _answer(self, bot: httpx.Client, me: dict[str, Any], message: dict[str, Any]) -> None:
        chat_id, target_id = message["chat"]["id"], message["message_id"]
        bot.post("/sendChatAction", json={"chat_id": chat_id, "action": "typing"})
        target = {"id": target_id, "from": message["from"]["first_name"], "text": message["text"]}
        item = {"id": "u", "persona": {"name": me["first_name"]}, "task": {"kind": "reply", "target": target}}
        body = {"model": "m", "messages": [{"role": "user", "content": json.dumps({"items": [item]})}]}
        reply = httpx.post(self._llm, json=body, headers={"Authorization": "Bearer k"}, timeout=patience(20)).json()
        text = json.loads(reply["choices"][0]["message"]["content"])["items"][0]["text"]
        reply_to = {"message_id": target_id}
        bot.post("/sendMessage", json={"chat_id": chat_id, "text": text, "reply_parameters": reply_to})


def test_people_ask_bots_answer_and_the_judge_sees_it_all(sandbox: Start, tmp_path: Path) -> None:
    telegram_journal, llm_journal = str(tmp_path / "telegram.jsonl"), str(tmp_path / "llm.jsonl")
    telegram = sandbox("telegram", "--port", "0", "--control-port", "0", "--journal", telegram_journal)
    llm = sandbox("llm", "--port", "0", "--journal", llm_journal, "--base-latency", "0.05", "--token-latency", "0")
    ports, llm_port = ready(telegram), ready(llm)["port"]
    control_url = f"http://127.0.0.1:{ports['control_port']}"
    with httpx.Client(base_url=control_url) as control:
        for number, token in enumerate(TOKENS.values()):
            bot = {"token": token, "username": f"echo{number}_bot", "first_name": f"Echo {number}"}
            control.post("/bots", json=bot).raise_for_status()
        chats = [control.post("/chats", json={"title": f"Chat {n}"}).json()["id"] for n in range(2)]
        for chat_id in chats:
            for bot_id in TOKENS:
                control.post(f"/chats/{chat_id}/members", json={"user_id": bot_id}).raise_for_status()
    begun = time.time()
    with Echo(f"http://127.0.0.1:{ports['port']}", f"http://127.0.0.1:{llm_port}/v1/chat/completions"):
        people = sandbox(
            "people", "--control-url", control_url, "--mention-every", "1.5", "--chatter-every", "1",
            "--chatter-chat", str(chats[1]), "--for", "6", "--quiet-end", "1.5",
        )  # fmt: skip
        told, complaints = people.communicate(timeout=patience(40))
    assert people.returncode == 0, complaints
    tally = json.loads(told)
    assert (tally["mentions"], tally["failed"]) == (6, 0)
    report = sandbox(
        "report", "--telegram-journal", telegram_journal, "--llm-journal", llm_journal, "--format", "json",
        "--from", str(begun), "--expect", "demo",
    )  # fmt: skip
    figures, broken = report.communicate(timeout=patience(30))
    seen = json.loads(figures)
    assert (seen["bots"], seen["chats"], seen["mentions"], seen["mentions_answered"]) == (2, 2, 6, 6)
    assert seen["people_messages"] == 6 + tally["small_talk"]
    assert (seen["bot_messages"], seen["distinct_texts"], seen["bots_that_spoke"]) == (6, 6, 2)
    assert (seen["said_twice"], seen["lost"], seen["from_ticks"], seen["llm_requests"]) == (0, 0, 0, 6)
    assert 0 < seen["mention_to_request_p95_s"] < patience(2)
    assert seen["prompts_per_request"] == 1.0
    assert report.returncode == 1
    assert re.findall("broken promise: (.*)", broken) == ["0 messages that nobody prompted, and 1 were promised"]
