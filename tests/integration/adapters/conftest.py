"""Adapters against real Redis and real local HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from app.adapters.redis import provider_limiter
from tests.integration.adapters.redis_clock import RedisClock
from tests.integration.adapters.scripted import ScriptedServer, running_server
from tests.integration.adapters.short_day import DAY_MS, DAY_SLOT_MS, MINUTE_MS


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as scripted:
        yield scripted


@pytest.fixture
def clock(cache: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> RedisClock:
    """The time for scripts of the cache's client: it stands still until a test moves it."""
    clock = RedisClock(cache)
    monkeypatch.setattr(cache, "register_script", clock.register_script)
    monkeypatch.setattr(cache, "time", clock.read)
    return clock


@pytest.fixture
def short_times(monkeypatch):
    """A minute of 110 ms and a day of 500 ms."""
    monkeypatch.setattr(provider_limiter, "WINDOW_MS", MINUTE_MS)
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 10)
    monkeypatch.setattr(provider_limiter, "DAY_MS", DAY_MS)
    monkeypatch.setattr(provider_limiter, "DAY_SLOT_MS", DAY_SLOT_MS)
