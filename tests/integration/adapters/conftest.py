"""Adapters against real Redis and real local HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.integration.adapters.redis_clock import RedisClock
from tests.integration.adapters.scripted import ScriptedServer, running_server


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
