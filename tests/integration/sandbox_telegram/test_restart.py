"""The sandbox as a process: ready line, clean end, kill -9 and restart."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.telegram.server import Ports
from tests.integration.sandbox_telegram.harness import ManualClock, Sandbox, running_sandbox, token_of
from tests.waiting import patience

ROOT = Path(__file__).parents[3]
PROGRAM = "from sandbox.telegram.command import telegram_command; telegram_command()"
BOT, OTHER = 100001, 100002


@contextmanager
def process(journal: Path) -> Iterator[tuple[subprocess.Popen[str], Sandbox]]:
    arguments = ["--port", "0", "--control-port", "0", "--journal", str(journal)]
    command = [sys.executable, "-c", PROGRAM, *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603  (our own words)
    try:
        assert running.stdout is not None
        ready = json.loads(running.stdout.readline())
        assert ready["ready"] is True
        sandbox = Sandbox(Ports(ready["port"], ready["control_port"]), journal)
        yield running, sandbox
        sandbox.close()
    finally:
        running.kill()
        running.communicate()


def test_everything_comes_back_after_kill_9(journal: Path) -> None:
    with process(journal) as (running, sandbox):
        for bot_id in (BOT, OTHER):
            sandbox.add_bot(bot_id)
        chat_id = sandbox.add_chat(BOT, OTHER)
        group = sandbox.add_chat(BOT, kind="group")
        moved_to = sandbox.control("POST", f"/chats/{group}/migrate")["id"]
        asked = sandbox.say(chat_id, "read before")
        sandbox.drain(BOT)
        sandbox.say(chat_id, "unread")
        sent = sandbox.result(
            BOT, "sendMessage", chat_id=chat_id, text="<b>x</b>", parse_mode="HTML", reply_to_message_id=asked
        )
        sandbox.result(OTHER, "setWebhook", url="http://127.0.0.1:9/secret", secret_token="hush")
        sandbox.control("DELETE", f"/chats/{chat_id}/members/{OTHER}", **{"as": "kicked"})
        messages, chats = sandbox.messages(chat_id), sandbox.control("GET", "/chats")
        waiting = sandbox.poll(BOT)
        running.send_signal(signal.SIGKILL)
        running.wait()
    with process(journal) as (_running, sandbox):
        assert sandbox.messages(chat_id) == messages
        assert sandbox.control("GET", "/chats") == chats
        assert sandbox.poll(BOT) == waiting
        assert [u["message"]["text"] for u in waiting if "text" in u["message"]] == ["unread"]
        assert sandbox.error(OTHER, "sendMessage", chat_id=chat_id, text="x")[0] == 403
        assert sandbox.call(BOT, "getChat", chat_id=group)["parameters"] == {"migrate_to_chat_id": moved_to}
        assert sandbox.result(OTHER, "getWebhookInfo")["url"] == "http://127.0.0.1:9/secret"
        assert sandbox.say(chat_id, "after") > sent["message_id"]
        new = sandbox.poll(BOT)[-1]
        assert new["update_id"] == waiting[-1]["update_id"] + 1


def test_a_line_cut_by_the_crash_does_no_harm(journal: Path) -> None:
    with running_sandbox(journal, ManualClock()) as sandbox:
        sandbox.add_bot(BOT)
        chat_id = sandbox.add_chat(BOT)
    with journal.open("a") as file:
        file.write('{"t": 1, "event": "person_mess')
    for text in ("one", "two"):
        with running_sandbox(journal, ManualClock()) as sandbox:
            sandbox.say(chat_id, text)
    with running_sandbox(journal, ManualClock()) as sandbox:
        assert [m["text"] for m in sandbox.messages(chat_id) if "text" in m] == ["one", "two"]


def test_tokens_lie_beside_the_journal_for_their_owner_only(journal: Path) -> None:
    with running_sandbox(journal) as sandbox:
        sandbox.add_bot(BOT)
    tokens = journal.with_name("telegram.jsonl.tokens")
    assert token_of(BOT) in tokens.read_text()
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
    assert token_of(BOT) not in journal.read_text()


def test_a_ban_outlives_a_restart(journal: Path) -> None:
    clock = ManualClock()
    with running_sandbox(journal, clock) as sandbox:
        sandbox.add_bot(BOT)
        chat_id = sandbox.add_chat(BOT)
        sandbox.fault("flood", retry_after=100, count=1)
        for _ in range(21):
            sandbox.call(BOT, "sendMessage", chat_id=chat_id, text="x")
            clock.advance(1)
    with running_sandbox(journal, clock) as sandbox:
        error = sandbox.error(BOT, "sendMessage", chat_id=chat_id, text="x")
        assert error == (403, "Forbidden: bot was blocked")


def test_sigterm_ends_it_cleanly_while_a_bot_polls(journal: Path) -> None:
    with process(journal) as (running, sandbox):
        sandbox.add_bot(BOT)
        poll = sandbox.begin_poll(sandbox.add_chat(BOT), BOT)
        running.send_signal(signal.SIGTERM)
        assert running.wait(patience(10)) == 0
        assert poll.finish() == {"ok": True, "result": []}
        assert [line["event"] for line in (*sandbox.events("start"), *sandbox.events("stop"))] == ["start", "stop"]


def test_a_taken_port_is_said_in_one_line(journal: Path, tmp_path: Path) -> None:
    with running_sandbox(journal) as sandbox:
        arguments = ["--port", str(sandbox.ports.port), "--journal", str(tmp_path / "other.jsonl")]
        failed = subprocess.run(  # noqa: S603  (our own words)
            [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "--port" in failed.stderr


def test_a_journal_of_something_else_is_said_in_one_line(journal: Path) -> None:
    journal.write_text('{"t": 1, "event": "member", "chat_id": -5}\n')
    failed = subprocess.run(  # noqa: S603  (our own words)
        [sys.executable, "-c", PROGRAM, "--port", "0", "--control-port", "0", "--journal", str(journal)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "give another --journal" in failed.stderr
