"""Calls that began before a provider's breaker opened, and fail long after it: they tell nothing new."""

from __future__ import annotations

import pytest
import redis

from app.adapters.redis import breaker
from app.adapters.redis.breaker import RedisCircuitBreaker
from tests.waiting import wait_until

RESET_S = 2.0


@pytest.fixture
def trio(cache: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> list[RedisCircuitBreaker]:
    """Three workers with one provider; the third one's call hangs since before the others' calls opened the breaker."""
    monkeypatch.setattr(breaker, "RESET_S", RESET_S)
    one, other, late = (RedisCircuitBreaker(cache, "openai:model", trial_s=30) for _ in range(3))
    assert late.ask().granted
    for _ in range(breaker.FAIL_MAX):
        assert one.ask().granted
        one.report(available=False)
    return [one, other, late]


def test_a_late_failure_neither_ends_a_trial_nor_lets_a_second_one_begin(trio):
    one, other, late = trio
    wait_until(lambda: one.ask().granted, within_s=2 * RESET_S, what="a trial is let through")
    late.report(available=False)
    assert not other.ask().granted
    one.report(available=True)
    assert other.ask().granted
    assert late.ask().granted


def test_a_late_failure_does_not_put_the_trial_off(trio, cache):
    one, _, late = trio
    wait_until(lambda: rests(cache) <= 0, within_s=2 * RESET_S, what="the breaker to have rested")
    late.report(available=False)
    assert one.ask().granted


def test_a_call_that_is_not_made_after_all_leaves_anothers_trial_alone(trio):
    one, other, late = trio
    wait_until(lambda: one.ask().granted, within_s=2 * RESET_S, what="a trial is let through")
    late.cancel()
    assert not other.ask().granted


def rests(cache: redis.Redis) -> float:
    """Seconds until a trial may begin."""
    opened_at = float(cache.get("llm:breaker:openai:model:pybreaker:opened_at"))
    seconds, microseconds = cache.time()
    return opened_at + RESET_S - (seconds + microseconds / 1e6)
