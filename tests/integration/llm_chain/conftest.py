"""Whole runtimes over real Postgres and Redis, and providers that are real HTTP servers."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import Engine, select

from app.bootstrap import Runtime, build_runtime
from app.config import Settings
from app.db import SessionFactory, create_session_factory
from app.models import Lane, LLMRequest, Utterance
from app.services.lanes import generation
from sandbox.llm.limits import LimitPolicy
from tests.builders import fetch, make_bot, make_chat, make_utterance
from tests.integration.sandbox_llm.conftest import INSTANT, RunningSandbox
from tests.waiting import stretched, wait_until

BORN_LONG_AGO = 10**12
FIRST, SECOND = "openai:first", "openai:second"


@pytest.fixture
def refused_url() -> Iterator[str]:
    """An address at which nobody listens, for as long as the test lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RunningSandbox]]:
    """Starts a provider, and stops it after the test."""
    running: list[RunningSandbox] = []

    def begin(rpm: int = 500, tpm: int = 200_000) -> RunningSandbox:
        folder = tmp_path / f"provider-{len(running)}"
        folder.mkdir()
        running.append(RunningSandbox(folder, LimitPolicy(rpm, tpm), INSTANT))
        return running[-1]

    yield begin
    for sandbox in running:
        sandbox.close()


@pytest.fixture
def first(start: Callable[..., RunningSandbox]) -> RunningSandbox:
    """The preferred provider."""
    return start()


@pytest.fixture
def second(start: Callable[..., RunningSandbox]) -> RunningSandbox:
    """The fallback."""
    return start()


@dataclass
class Fleet:
    """What an operator would see, and how many plans wait."""

    sessions: SessionFactory
    cache: redis.Redis

    def plan(self, count: int, **fields: Any) -> list[int]:
        """Plans that wait since a moment ago, each in a chat of its own."""
        now = dt.datetime.now(dt.UTC)
        made = []
        for number in range(count):
            bot = make_bot(self.sessions, f"Bot{number}")
            chat = make_chat(self.sessions, bot, title=f"Chat {number}")
            times = {"available_at": now, "planned_at": now, **fields}
            made.append(make_utterance(self.sessions, bot, chat, "planned", **times).id)
        return made

    @property
    def utterances(self) -> list[Utterance]:
        return fetch(self.sessions, select(Utterance).order_by(Utterance.id))

    @property
    def states(self) -> list[str]:
        return sorted(utterance.state for utterance in self.utterances)

    @property
    def ledger(self) -> list[tuple[str, str, int, int]]:
        """Model, outcome, prompts and answers of every request, in the order they were made."""
        rows = fetch(self.sessions, select(LLMRequest).order_by(LLMRequest.id))
        return [(row.model, row.outcome, row.prompts, row.answered) for row in rows]

    def held_s(self, lane: str = "chat.ambient") -> float:
        """Seconds for which a lane must still wait; negative or 0 when it need not."""
        [until] = fetch(self.sessions, select(Lane.not_before).where(Lane.name == lane))
        return (until - dt.datetime.now(dt.UTC)).total_seconds() if until else 0.0

    def forget_waits(self) -> None:
        """Time passes: what lanes and limiters waited for is over."""
        with self.sessions.begin() as session:
            for lane in session.scalars(select(Lane)):
                lane.not_before = None
        for name in (FIRST, SECOND):
            self.cache.hdel(f"llm:window:{name}", "resting", "probed", "strikes", "learned:r", "learned:t")

    def work(self, *runtimes: Runtime, within_s: float = 15.0) -> None:
        """Looks at the lanes, as nudged workers do, until nothing waits any more."""

        def done() -> bool:
            for runtime in runtimes:
                for lane in (generation.AMBIENT, generation.INTERACTIVE):
                    generation.generate(runtime.generation, lane)
            return not {"planned", "generating"} & set(self.states)

        wait_until(done, within_s=within_s, what="nothing waits")


@pytest.fixture
def fleet(committed_db: Engine, cache: redis.Redis) -> Fleet:
    """The fleet's rows; the limiters' first minute, in which they grow from nothing, is over."""
    for name in (FIRST, SECOND):
        cache.hset(f"llm:window:{name}", "born", str(BORN_LONG_AGO))
    return Fleet(create_session_factory(committed_db), cache)


@pytest.fixture
def make_runtime(settings: Settings, fleet: Fleet, broker: redis.Redis) -> Iterator[Callable[..., Runtime]]:
    """A process's runtime with a first provider, and a fallback when its address is given."""
    made: list[Runtime] = []

    def build(first_url: str, second_url: str | None = None, **changes: Any) -> Runtime:
        fields = {
            "llm_model": "first",
            "llm_url": f"{first_url}/v1",
            "llm_timeout_s": stretched(1.0),
            "llm_max_in_flight": 12,
            **changes,
        }
        if second_url:
            fields |= {"llm_fallback_model": "second", "llm_fallback_url": f"{second_url}/v1"}
            fields |= {"llm_fallback_api_key": settings.openai_api_key}
        made.append(build_runtime(settings.model_copy(update=fields)))
        return made[-1]

    yield build
    for runtime in made:
        runtime.close()
