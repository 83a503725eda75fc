"""A running LLM sandbox for each test: real HTTP on a free port of the loopback."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from sandbox.journal import Journal, read_journal
from sandbox.llm.limits import HeaderStyle, LimitPolicy
from sandbox.llm.providers import PLAIN, Provider, Speed
from sandbox.llm.server import create_app
from tests.waiting import patience

KEY = "sk-test-0123456789"
INSTANT = Speed(0, decode_rate=0)


class RunningSandbox:
    """The server on a thread of its own, and a client for it."""

    def __init__(
        self,
        folder: Path,
        policy: LimitPolicy,
        speed: Speed,
        headers: HeaderStyle = "openai",
        provider: Provider = PLAIN,
        rng: random.Random | None = None,
    ) -> None:
        self._rng = rng
        self.journal_path = folder / "llm.jsonl"
        self._journal = Journal(self.journal_path)
        self._provider = replace(provider, limits=policy, speed=speed, headers=headers)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        assert self._ready.wait(patience(10))
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=patience(10))

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = create_app(self._journal, self._provider, rng=self._rng)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        self._loop.run_until_complete(self._runner.setup())
        self._loop.run_until_complete(web.TCPSite(self._runner, "127.0.0.1", 0).start())
        self.port = self._runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    def close(self) -> None:
        self.client.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(patience(10))
        self._journal.close()

    def ask(self, **fields: Any) -> httpx.Response:
        body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], **fields}
        return self.client.post("/v1/chat/completions", json=body)

    def fault(self, kind: str, **bounds: Any) -> None:
        reply = httpx.post(f"{self.url}/control/faults", json={"kind": kind, **(bounds or {"count": 1})})
        assert reply.status_code == 201, reply.text

    def requests(self) -> list[dict[str, Any]]:
        return [event for event in read_journal(self.journal_path) if event["event"] == "request"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningSandbox]]:
    """Starts a sandbox with the given limits and latency, and stops it after the test."""
    running: list[RunningSandbox] = []

    def begin(
        rpm: int = 500,
        tpm: int = 200_000,
        speed: Speed = INSTANT,
        headers: HeaderStyle = "openai",
        provider: Provider = PLAIN,
        **policy: Any,
    ) -> RunningSandbox:
        running.append(RunningSandbox(tmp_path, LimitPolicy(rpm, tpm, **policy), speed, headers, provider))
        return running[-1]

    yield begin
    for sandbox in running:
        sandbox.close()


@pytest.fixture
def llm(start: Callable[..., RunningSandbox]) -> RunningSandbox:
    """A sandbox with roomy limits and no latency."""
    return start()
