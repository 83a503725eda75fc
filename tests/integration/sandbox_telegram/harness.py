"""A Telegram sandbox on real sockets in a thread, and a client for both of its ports."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from sandbox.journal import read_journal
from sandbox.telegram.server import Ports, serve_telegram
from tests.waiting import patience, wait_until

DEADLINE_S = 10.0
TLS = ssl.create_default_context()  # one for all clients: building it is dear, and unused over http


def token_of(bot_id: int, letter: str = "A") -> str:
    """A well-formed token."""
    return f"{bot_id}:{letter * 35}"


class ManualClock:
    """Unix seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Background:
    """A call running in a thread."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.result: Any = None
        self._thread = threading.Thread(target=lambda: setattr(self, "result", call()))
        self._thread.start()

    def finish(self) -> Any:
        """What the call returned; fails when it does not end in time."""
        self._thread.join(patience(DEADLINE_S))
        assert not self._thread.is_alive()
        return self.result


class Sandbox:
    """Both APIs of a running sandbox."""

    def __init__(self, ports: Ports, journal: Path, clock: ManualClock | None = None) -> None:
        self.ports, self.journal = ports, journal
        self.clock = clock or ManualClock()
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{ports.port}", timeout=30, verify=TLS)
        self.controls = httpx.Client(base_url=f"http://127.0.0.1:{ports.control_port}", timeout=30, verify=TLS)

    def close(self) -> None:
        self.api.close()
        self.controls.close()

    def call(self, bot_id: int, method: str, **params: Any) -> dict[str, Any]:
        """The JSON answer of a Bot API call, whatever its status."""
        answer = self.api.post(f"/bot{token_of(bot_id)}/{method}", json=params)
        body: dict[str, Any] = answer.json()
        assert body["ok"] is (answer.status_code == 200)
        return body

    def result(self, bot_id: int, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        body = self.call(bot_id, method, **params)
        assert body["ok"], body
        return body["result"]

    def error(self, bot_id: int, method: str, **params: Any) -> tuple[int, str]:
        """Code and description of a call that must fail."""
        body = self.call(bot_id, method, **params)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    def control(self, verb: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """The JSON answer of a control request that must succeed."""
        answer = self.controls.request(verb, path, json=body, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refusal(self, verb: str, path: str, body: Any = None, **query: Any) -> tuple[int, str]:
        """Status and error text of a control request that must be refused; `body` may hold NaN, which httpx refuses."""
        content = None if body is None else json.dumps(body)
        answer = self.controls.request(verb, path, content=content, params=query)
        return answer.status_code, answer.json()["error"]

    def add_bot(self, bot_id: int = 100001, *, reads_all: bool = True, **extra: Any) -> int:
        body = {"token": token_of(bot_id), "username": f"bot{bot_id}_bot", "first_name": f"Bot {bot_id}"}
        self.control("POST", "/bots", {**body, "can_read_all_group_messages": reads_all, **extra})
        return bot_id

    def add_chat(self, *bot_ids: int, kind: str = "supergroup") -> int:
        """A chat with these bots as members, their joining already confirmed."""
        chat_id: int = self.control("POST", "/chats", {"title": "Room", "type": kind})["id"]
        for bot_id in bot_ids:
            self.control("POST", f"/chats/{chat_id}/members", {"user_id": bot_id})
        for bot_id in bot_ids:
            self.drain(bot_id)
        return chat_id

    def say(self, chat_id: int, text: str, sender: str = "Ada", **extra: Any) -> int:
        body = {"from": {"first_name": sender}, "text": text, **extra}
        message_id: int = self.control("POST", f"/chats/{chat_id}/messages", body)["message_id"]
        return message_id

    def poll(self, bot_id: int, **params: Any) -> list[dict[str, Any]]:
        updates: list[dict[str, Any]] = self.result(bot_id, "getUpdates", **params)
        return updates

    def begin_poll(self, chat_id: int, bot_id: int) -> Background:
        """A long poll under way, with nothing to deliver yet: its confirmation is in the journal."""
        self.say(chat_id, "seen")
        offset = self.poll(bot_id)[-1]["update_id"] + 1
        poll = Background(lambda: self.call(bot_id, "getUpdates", offset=offset, timeout=50))
        wait_until(lambda: any(line["offset"] == offset for line in self.events("update_confirmed")))
        return poll

    def drain(self, bot_id: int, **params: Any) -> list[dict[str, Any]]:
        """All waiting updates, confirmed."""
        updates = self.poll(bot_id, **params)
        if updates:
            self.poll(bot_id, offset=updates[-1]["update_id"] + 1, limit=1)
        return updates

    def texts(self, bot_id: int) -> list[str]:
        """The texts of the messages waiting for a bot."""
        return [update["message"]["text"] for update in self.drain(bot_id) if "text" in update.get("message", {})]

    def messages(self, chat_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("GET", f"/chats/{chat_id}/messages", limit=1000)["messages"]
        return found

    def fault(self, kind: str, **settings: Any) -> int:
        fault_id: int = self.control("POST", "/faults", {"kind": kind, **settings})["id"]
        return fault_id

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in read_journal(self.journal) if line["event"] == event]

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [line for line in self.events("call") if line["method"] == method]


@contextmanager
def running_sandbox(journal: Path, clock: ManualClock | None = None) -> Iterator[Sandbox]:
    """Serve in a thread on free ports until the block ends."""
    ready: threading.Event = threading.Event()
    shared: dict[str, Any] = {}

    async def serve() -> None:
        shared["stop"], shared["loop"] = asyncio.Event(), asyncio.get_running_loop()
        async with serve_telegram(journal, clock=clock or time.time) as ports:
            shared["ports"] = ports
            ready.set()
            await shared["stop"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(patience(DEADLINE_S))
    sandbox = Sandbox(shared["ports"], journal, clock)
    try:
        yield sandbox
    finally:
        sandbox.close()
        shared["loop"].call_soon_threadsafe(shared["stop"].set)
        thread.join(patience(DEADLINE_S))
        assert not thread.is_alive()
