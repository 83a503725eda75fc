"""A provider that stands by has room on the day it is needed."""

from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.adapters.redis import provider_limiter
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from app.services.lanes.generation import AMBIENT, generate
from tests.integration.llm_chain.conftest import SECOND
from tests.waiting import wait_until


@pytest.fixture
def short_minute(monkeypatch):
    monkeypatch.setattr(provider_limiter, "WINDOW_MS", 600)
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 10)


@pytest.mark.usefixtures("short_minute")
@pytest.mark.parametrize("warm", [True, False])
def test_its_first_minute_passes_without_a_request(cache, warm):
    standby, clock = (RedisProviderLimiter(cache, name, ProviderLimits(10, 1000), list) for name in ("openai:m", "c"))
    clock.keep_warm()
    if warm:
        standby.keep_warm()
    wait_until(lambda: clock.reserve(1000, urgent=True).granted, within_s=3, what="a minute passed")
    standby.keep_warm()
    assert standby.reserve(900, urgent=True).granted is warm


def test_the_fallback_is_kept_warm_while_the_first_provider_answers(first, second, fleet, cache, make_runtime):
    cache.delete(f"llm:window:{SECOND}")
    fleet.plan(1)
    generate(make_runtime(first.url, second.url).generation, AMBIENT)
    assert fleet.ledger == [("first", "answered", 1, 1)]
    assert cache.hexists(f"llm:window:{SECOND}", "born")
    assert cache.ttl(f"llm:window:{SECOND}") > 3600


def test_without_redis_nothing_raises():
    RedisProviderLimiter(
        redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), "openai", ProviderLimits(10, 1000), list
    ).keep_warm()
