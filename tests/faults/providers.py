"""Two providers of a language model that fail on command, and a fleet whose workers ask them."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import redis
from sqlalchemy import func, select

from app.bootstrap import Runtime
from app.models import LLMRequest, Utterance
from app.services.lanes.generation import AMBIENT, INTERACTIVE
from app.services.schedule import sweeping
from sandbox.journal import read_journal
from tests.builders import fetch, make_bot, make_chat, make_utterance
from tests.provider_fakes import utterance_of
from tests.servers import running
from tests.waiting import wait_until

FIRST, SECOND = "first", "second"
FAST = ("--rpm", "100000", "--tpm", "100000000", "--base-latency", "0.05", "--token-latency", "0")
BEAT_S = 0.2
SWEEP_S = 1.0
LIVE = {"planned", "generating"}
BORN_LONG_AGO = 10**12
"""Milliseconds: the limiter's first minute, in which it grows from nothing, is over."""


class Provider:
    """The language model's sandbox as a process that may go and come back at the same port."""

    def __init__(self, model: str, port: int, folder: Path) -> None:
        self.model = model
        self.port = port
        self._log = folder / f"{model}.log"
        self._journal = folder / f"{model}.jsonl"
        self._process = ExitStack()

    def start(self) -> None:
        argv = (sys.executable, "-m", "sandbox", "llm", "--port", str(self.port), "--journal", str(self._journal))
        self._process.enter_context(running((*argv, *FAST), self._log, ready=self._listens))

    def stop(self) -> None:
        """Ends the process, if it runs: from then on connections are refused."""
        self._process.close()

    def fault(self, kind: str) -> None:
        """Every request meets `kind` until `heal`."""
        httpx.post(f"{self._url}/control/faults", json={"kind": kind}).raise_for_status()

    def heal(self) -> None:
        httpx.delete(f"{self._url}/control/faults").raise_for_status()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request that came to its end, one that its client gave up included; `t0` and `t` are unix seconds."""
        return [event for event in read_journal(self._journal) if event["event"] == "request"]

    @property
    def request_times(self) -> list[float]:
        """When each request arrived."""
        return [one["t0"] for one in self.requests]

    @property
    def answers(self) -> dict[int, float]:
        """When the answer to each utterance went out."""
        return {
            utterance_of(item): one["t"] for one in self.requests if one["status"] == 200 for item in one["item_ids"]
        }

    @property
    def arrivals(self) -> dict[int, float]:
        """When each utterance was first asked for."""
        found: dict[int, float] = {}
        for one in sorted(self.requests, key=lambda one: one["t0"]):
            for item in one["item_ids"]:
                found.setdefault(utterance_of(item), one["t0"])
        return found

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass(frozen=True)
class WorkerLog:
    """What one worker process told so far."""

    path: Path

    def tells_ready(self) -> bool:
        """Whether the worker takes tasks."""
        return " ready" in self.path.read_text(errors="replace")

    def events(self, name: str, since: float) -> Iterator[dict[str, Any]]:
        """Its events called `name` from `since` (unix seconds) on, each with its moment as `at`."""
        for line in self.path.read_text(errors="replace").splitlines():
            if f'"event": "{name}"' not in line:
                continue
            event = json.loads(line)
            at = dt.datetime.fromisoformat(event["timestamp"]).timestamp()
            if at >= since:
                yield {**event, "at": at}


@dataclass
class Scene:
    """Prompts planned and lanes nudged as ticks do it, and the sweeper each second as beat does it."""

    runtime: Runtime
    cache: redis.Redis
    first: Provider
    second: Provider
    workers: tuple[WorkerLog, ...]
    planned: dict[int, float] = field(default_factory=dict)
    _lanes: Iterator[str] = field(default_factory=lambda: itertools.cycle([INTERACTIVE, AMBIENT]))
    _next_beat: float = 0.0
    _next_sweep: float = 0.0

    def begin(self) -> None:
        """Both providers answer, and their limits have room."""
        for provider in (self.first, self.second):
            self.cache.hset(f"llm:window:openai:{provider.model}", "born", str(BORN_LONG_AGO))
            provider.start()

    def plan(self, lane: str) -> int:
        """One prompt of a bot of its own in a chat of its own; returns the utterance's id."""
        sessions = self.runtime.sessions
        bot = make_bot(sessions)
        chat = make_chat(sessions, bot)
        now = dt.datetime.now(dt.UTC)
        urgency = "interactive" if lane == INTERACTIVE else "ambient"
        utterance = make_utterance(
            sessions, bot, chat, "planned", urgency=urgency, lane=lane, planned_at=now, available_at=now
        )
        self.planned[utterance.id] = now.timestamp()
        self.runtime.queue.nudge_generation(lane)
        return utterance.id

    def tend_until(self, condition: Callable[[], object], *, within_s: float, what: str) -> None:
        """Sweeps until `condition` is true."""

        def look() -> object:
            self._sweep()
            return condition()

        wait_until(look, within_s=within_s, what=what)

    def talk_until(self, condition: Callable[[], object], *, within_s: float, what: str) -> None:
        """Plans a prompt each `BEAT_S`, for people and unasked in turns, and sweeps, until `condition` is true."""

        def beat() -> object:
            self._sweep()
            if time.monotonic() < self._next_beat:
                return False
            self._next_beat = time.monotonic() + BEAT_S
            self.plan(next(self._lanes))
            return condition()

        wait_until(beat, within_s=within_s, what=what)

    def talk_until_both_workers_used(self, provider: Provider) -> None:
        """Talks until each worker got an answer from `provider` from now on."""
        since = time.time()

        def used() -> bool:
            return all(self.count_generated(worker, provider, since) for worker in self.workers)

        self.talk_until(used, within_s=40, what=f"both workers use the {provider.model} provider")

    def settle(self) -> None:
        """Waits until nothing planned is without a text or a reason to have none."""
        self.tend_until(lambda: not LIVE & set(self.states), within_s=60, what="every prompt to end")

    def count_generated(self, worker: WorkerLog, provider: Provider, since: float, until: float = 2e9) -> int:
        """How many requests a worker had answered by `provider` in a stretch of time."""
        name = f"openai:{provider.model}"
        events = worker.events("generated", since)
        return sum(event["provider"] == name and event["at"] < until for event in events)

    @property
    def breaker(self) -> str:
        """The state of the first provider's breaker that all workers share."""
        held = self.cache.get(f"llm:breaker:openai:{FIRST}:pybreaker:state")
        return held.decode() if held else "closed"

    def breaker_changes(self, since: float) -> list[tuple[float, str]]:
        """The transitions of the first provider's breaker as the workers told of them, one told by two as one."""
        name = f"openai:{FIRST}"
        told = [
            (event["at"], event["state"])
            for worker in self.workers
            for event in worker.events("llm_breaker", since)
            if event["provider"] == name
        ]
        return [next(same) for _, same in itertools.groupby(sorted(told), key=lambda change: change[1])]

    def attempts(self, model: str) -> list[float]:
        """When the ledger says that requests to a provider began which ended, one way or the other."""
        ended = select(LLMRequest).where(LLMRequest.model == model, LLMRequest.outcome != "in_flight")
        return [row.created_at.timestamp() for row in fetch(self.runtime.sessions, ended)]

    @property
    def utterances(self) -> dict[int, Utterance]:
        return {one.id: one for one in fetch(self.runtime.sessions, select(Utterance))}

    @property
    def states(self) -> Counter[str]:
        return Counter(fetch(self.runtime.sessions, select(Utterance.state)))

    @property
    def answer_counts(self) -> Counter[int]:
        """How many answers each utterance got from both providers together."""
        found = [one for provider in (self.first, self.second) for one in provider.requests if one["status"] == 200]
        return Counter(utterance_of(item) for one in found for item in one["item_ids"])

    @property
    def text_counts(self) -> Counter[int]:
        """How many texts the workers stored for each utterance."""
        since = min(self.planned.values())
        return Counter(event["utterance"] for worker in self.workers for event in worker.events("ready", since))

    def count_rewritten(self) -> int:
        """How many utterances were asked for again because their first text was refused."""
        [count] = fetch(self.runtime.sessions, select(func.count()).where(Utterance.rewrite_reason.is_not(None)))
        return int(count)

    def count_given_up(self, timeout_s: float) -> int:
        """How many prompts were in requests whose answers took so long that a worker did not wait for them."""
        late = select(func.coalesce(func.sum(LLMRequest.prompts), 0))
        late = late.where(LLMRequest.outcome == "unavailable", LLMRequest.latency_ms >= timeout_s * 1000)
        [count] = fetch(self.runtime.sessions, late)
        return int(count)

    def _sweep(self) -> None:
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEEP_S
            sweeping.sweep(self.runtime.sweeping)
