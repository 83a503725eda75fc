"""The breaker of a provider, as two processes with one Redis see it."""

from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import metrics
from app.adapters.redis import breaker
from app.adapters.redis.breaker import RedisCircuitBreaker
from app.domain.lanes.lane import parse_lane
from app.services.lanes.generation import AMBIENT, generate
from tests.integration.llm_chain.conftest import FIRST
from tests.waiting import wait_until

NAME = "openai:model"


def changes(name, state):
    return metrics.LLM_BREAKER_CHANGES.labels(name, state)._value.get()


def level(name):
    return metrics.LLM_BREAKER_STATE.labels(name)._value.get()


def fail(circuit, times=breaker.FAIL_MAX):
    for _ in range(times):
        assert circuit.ask().granted
        circuit.report(available=False)


@pytest.fixture
def pair(cache, monkeypatch):
    """Two workers' breakers of one provider, which try again after two seconds."""
    monkeypatch.setattr(breaker, "RESET_S", 2.0)
    return [RedisCircuitBreaker(cache, NAME, trial_s=5) for _ in range(2)]


def test_it_opens_after_five_failures_in_a_row_of_all_workers_together(pair):
    one, other = pair
    before = changes(NAME, "open")
    fail(one, 3)
    fail(other, 2)
    assert not one.ask().granted
    refused = other.ask()
    assert not refused.granted
    assert 0 < refused.retry_in_s <= 2
    assert level(NAME) == 2
    assert changes(NAME, "open") == before + 1


def test_an_answer_in_between_starts_the_count_again(pair):
    one, other = pair
    fail(one, 4)
    other.report(available=True)
    fail(one, 4)
    assert other.ask().granted


def test_one_trial_at_a_time_and_its_success_closes_it_for_all(pair):
    one, other = pair
    fail(one)
    wait_until(lambda: one.ask().granted, within_s=4, what="a trial is let through")
    assert level(NAME) == 1
    assert not other.ask().granted
    one.report(available=True)
    assert level(NAME) == 0
    assert other.ask().granted
    assert one.ask().granted


def test_a_failed_trial_opens_it_again(pair):
    one, other = pair
    fail(one)
    wait_until(lambda: other.ask().granted, within_s=4, what="a trial is let through")
    other.report(available=False)
    refused = one.ask()
    assert not refused.granted
    assert refused.retry_in_s > 0.5
    assert level(NAME) == 2


def test_a_trial_that_is_given_back_is_another_workers(pair):
    one, other = pair
    fail(one)
    wait_until(lambda: one.ask().granted, within_s=4, what="a trial is let through")
    one.cancel()
    assert other.ask().granted


def test_a_trial_whose_worker_died_is_forgotten(cache, monkeypatch):
    monkeypatch.setattr(breaker, "RESET_S", 1.0)
    one, other = (RedisCircuitBreaker(cache, NAME, trial_s=0.3) for _ in range(2))
    fail(one)
    wait_until(lambda: one.ask().granted, within_s=4, what="a trial is let through")
    wait_until(lambda: other.ask().granted, within_s=2, what="another trial")


def test_a_late_success_of_a_call_from_before_does_not_close_an_open_breaker(pair):
    one, other = pair
    fail(one)
    other.report(available=True)
    assert not one.ask().granted


def test_a_redis_that_lost_its_state_is_a_closed_breaker(pair, cache):
    one, other = pair
    fail(one)
    cache.flushall()
    assert other.ask().granted
    fail(one)
    assert not other.ask().granted


def test_without_redis_it_is_closed_and_nothing_raises():
    blind = RedisCircuitBreaker(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), NAME, trial_s=5)
    for _ in range(6):
        assert blind.ask().granted
        blind.report(available=False)
    blind.cancel()


def test_two_providers_have_two_breakers(cache, pair):
    fail(pair[0])
    assert RedisCircuitBreaker(cache, "groq:model", trial_s=5).ask().granted


def test_a_provider_that_fails_is_left_alone_and_comes_back_by_itself(first, second, fleet, make_runtime, monkeypatch):
    """Two processes take turns; the first provider fails, and answers again later."""
    monkeypatch.setattr(breaker, "RESET_S", 2.0)
    runtimes = [make_runtime(first.url, second.url) for _ in range(2)]
    seen = {state: changes(FIRST, state) for state in breaker.LEVELS}
    first.fault("status_500", count=breaker.FAIL_MAX)
    for turn in range(7):
        fleet.plan(1)
        fleet.work(runtimes[turn % 2])
    assert [row[:2] for row in fleet.ledger if row[0] == "first"] == [("first", "unavailable")] * breaker.FAIL_MAX
    assert len(first.requests()) == breaker.FAIL_MAX
    assert level(FIRST) == 2

    def answered_by_the_first():
        fleet.plan(1)
        fleet.work(runtimes[1])
        return fleet.ledger[-1][:2] == ("first", "answered")

    wait_until(answered_by_the_first, within_s=6, what="the first provider answers again")
    fleet.plan(1)
    fleet.work(runtimes[0])
    assert fleet.ledger[-1][:2] == ("first", "answered")
    assert {state: changes(FIRST, state) - count for state, count in seen.items()} == dict.fromkeys(seen, 1)
    assert level(FIRST) == 0
    assert set(fleet.states) == {"ready"}


@pytest.mark.parametrize("fault", ["status_429", "malformed_json", "refusal"])
def test_an_answer_of_any_kind_is_no_failure(fault, first, fleet, make_runtime):
    runtime = make_runtime(first.url)
    first.fault(fault, count=breaker.FAIL_MAX + 1)
    fleet.plan(1)
    for _ in range(breaker.FAIL_MAX + 1):
        fleet.plan(1)
        fleet.forget_waits()
        generate(runtime.generation, AMBIENT)
    assert len(first.requests()) == breaker.FAIL_MAX + 1
    assert level(FIRST) == 0
    assert runtime.generation.chain_of(parse_lane(AMBIENT))[0].breaker.ask().granted
