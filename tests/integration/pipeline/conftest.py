"""The pipeline's services on a real Postgres, with fakes for everything outside."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine

from app.db import SessionFactory, create_session_factory
from app.services.delivery import DeliveryPorts
from app.services.generation import GenerationPorts, Provider
from app.services.ingest import IngestPorts
from app.services.settings import SettingsReader
from app.services.sweeping import SweepPorts
from app.services.tick import TickPorts
from tests.builders import NOW
from tests.fakes import (
    FakeBreaker,
    FakeClock,
    FakeEvents,
    FakeLimiter,
    FakeLLM,
    FakeQueue,
    FakeTelegram,
    FakeUsage,
    PlainVault,
)


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
    provider: FakeLimiter
    events: FakeEvents
    breaker: FakeBreaker = field(default_factory=FakeBreaker)
    usage: FakeUsage = field(default_factory=FakeUsage)
    more: list[Provider] = field(default_factory=list)

    @property
    def settings(self) -> SettingsReader:
        return SettingsReader(self.sessions, ttl_s=0)

    @property
    def tick(self) -> TickPorts:
        return TickPorts(self.sessions, self.settings, NoCache(), self.queue, self.events, self.clock)

    @property
    def chain(self) -> list[Provider]:
        return [Provider("fake:fake-1", self.llm, self.provider, self.breaker, self.usage, 100_000), *self.more]

    @property
    def generation(self) -> GenerationPorts:
        return GenerationPorts(
            self.sessions,
            self.settings,
            NoCache(),
            self.chain,
            self.queue,
            self.events,
            self.clock,
            batch_size=20,
            timeout_s=30,
        )

    @property
    def delivery(self) -> DeliveryPorts:
        return DeliveryPorts(
            self.sessions, self.telegram, PlainVault(), self.flood, self.queue, self.events, self.clock
        )

    @property
    def ingest(self) -> IngestPorts:
        return IngestPorts(self.sessions, self.settings, self.queue, self.events, self.clock)

    @property
    def sweeping(self) -> SweepPorts:
        return SweepPorts(self.sessions, self.settings, self.queue, self.clock)


@pytest.fixture
def pipeline(committed_db: Engine) -> Pipeline:
    return Pipeline(
        sessions=create_session_factory(committed_db),
        clock=FakeClock(NOW),
        queue=FakeQueue(),
        telegram=FakeTelegram(),
        llm=FakeLLM(),
        flood=FakeLimiter(),
        provider=FakeLimiter(),
        events=FakeEvents(),
    )
