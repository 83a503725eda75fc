"""The pipeline's services on a real Postgres, with fakes for everything outside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Engine

from app.db import SessionFactory, create_session_factory
from app.domain.money import Price
from app.services.delivery import DeliveryPorts
from app.services.ingest.inbox import IngestPorts
from app.services.lanes.families import FAMILIES
from app.services.lanes.generation import GenerationPorts, Provider
from app.services.people.forgetting import ForgetPorts
from app.services.schedule.retention import RetentionPorts
from app.services.schedule.sweeping import SweepPorts
from app.services.schedule.tick import TickPorts
from app.services.settings.values import SettingsReader
from app.services.traces.engine import engine_version
from app.services.work.batches import BatchPorts
from tests.builders import NOW, make_bot, make_chat
from tests.fakes import (
    FakeAnswers,
    FakeClock,
    FakeEvents,
    FakeLimiter,
    FakeQueue,
    FakeSilence,
    FakeTelegram,
    PlainVault,
)
from tests.provider_fakes import FakeBreaker, FakeLLM, FakePace, FakeProviderLimiter, FakeUsage

PRICE = Price(prompt=1.0, cached=0.5, answer=4.0)


class NoCache:
    """A cache that holds nothing."""

    def get_many(self, versions):
        return {}

    def put_many(self, rows):
        return


@dataclass
class Pipeline:
    """All services over one database, and the fakes they talk to."""

    sessions: SessionFactory
    clock: FakeClock
    queue: FakeQueue
    telegram: FakeTelegram
    llm: FakeLLM
    flood: FakeLimiter
    provider: FakeProviderLimiter
    events: FakeEvents
    breaker: FakeBreaker = field(default_factory=FakeBreaker)
    usage: FakeUsage = field(default_factory=FakeUsage)
    pace: FakePace = field(default_factory=FakePace)
    near: bool = False
    answers: FakeAnswers = field(default_factory=FakeAnswers)
    silence: FakeSilence = field(default_factory=FakeSilence)
    price: Price = PRICE
    size: int = 100_000
    more: list[Provider] = field(default_factory=list)
    economy: list[Provider] = field(default_factory=list)
    stream: bool = False

    @property
    def settings(self) -> SettingsReader:
        return SettingsReader(self.sessions, ttl_s=0)

    @property
    def tick(self) -> TickPorts:
        return TickPorts(
            sessions=self.sessions,
            settings=self.settings,
            cache=NoCache(),
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            silence=self.silence,
            engine=engine_version(),
            economy=lambda: bool(self.economy),
        )

    @property
    def chain(self) -> list[Provider]:
        first = self.make_provider("fake:fake-1", self.llm, self.provider, self.breaker, self.usage, self.pace)
        return [replace(first, near=self.near), *self.more]

    def make_provider(self, name: str, *parts: Any) -> Provider:
        return Provider(name, *parts, request_tokens=self.size, price=self.price)

    def add_fallback(self) -> Provider:
        """One more provider behind the others."""
        provider = self.make_provider(
            "fake:2", FakeLLM(), FakeProviderLimiter(), FakeBreaker(), FakeUsage(), FakePace()
        )
        self.more.append(provider)
        return provider

    @property
    def generation(self) -> GenerationPorts:
        return GenerationPorts(
            sessions=self.sessions,
            settings=self.settings,
            cache=NoCache(),
            answers=self.answers,
            families=FAMILIES,
            chains=lambda lane: self.economy if lane.economy and self.economy else self.chain,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
            batch_size=20,
            timeout_s=30,
            stream=self.stream,
        )

    @property
    def delivery(self) -> DeliveryPorts:
        return DeliveryPorts(
            sessions=self.sessions,
            settings=self.settings,
            telegram=self.telegram,
            vault=PlainVault(),
            flood=self.flood,
            queue=self.queue,
            events=self.events,
            clock=self.clock,
        )

    @property
    def ingest(self) -> IngestPorts:
        return IngestPorts(self.sessions, self.settings, self.queue, self.events, self.clock)

    @property
    def batches(self) -> BatchPorts:
        return BatchPorts(self.sessions, pause=lambda seconds: None)

    @property
    def retention(self) -> RetentionPorts:
        return RetentionPorts(self.batches, self.settings, self.clock)

    @property
    def forgetting(self) -> ForgetPorts:
        return ForgetPorts(self.batches, self.answers, self.queue, self.clock)

    @property
    def sweeping(self) -> SweepPorts:
        return SweepPorts(self.sessions, self.settings, self.queue, self.clock, lambda: bool(self.economy))


@pytest.fixture
def pipeline(committed_db: Engine) -> Pipeline:
    return Pipeline(
        sessions=create_session_factory(committed_db),
        clock=FakeClock(NOW),
        queue=FakeQueue(),
        telegram=FakeTelegram(),
        llm=FakeLLM(),
        flood=FakeLimiter(),
        provider=FakeProviderLimiter(),
        events=FakeEvents(),
    )


@pytest.fixture
def bot(pipeline):
    """A bot of the fleet."""
    return make_bot(pipeline.sessions)


@pytest.fixture
def chat(pipeline, bot):
    """A chat where the bot may speak."""
    return make_chat(pipeline.sessions, bot)
