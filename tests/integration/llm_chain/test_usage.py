"""What requests really took, as all workers learn it."""

from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app import metrics
from app.adapters.redis.usage import RedisTokenEstimator
from app.domain.lanes.lane import parse_lane
from app.domain.prompting.token_rates import TokenRates
from app.services.lanes.generation import AMBIENT


@pytest.fixture
def estimator(cache):
    return RedisTokenEstimator(cache, "openai:model")


def test_before_the_first_report_the_defaults_hold(estimator):
    assert estimator.read() == TokenRates()


def test_a_first_report_is_taken_as_it_is_and_later_ones_by_a_fifth(estimator):
    estimator.learn(1000, 10, tokens_in=1200, tokens_out=300, thoughts=0, seconds=20)
    assert estimator.read() == TokenRates(1.2, 30, 150, 2)
    estimator.learn(1000, 10, tokens_in=1700, tokens_out=800, thoughts=100, seconds=30)
    rates = estimator.read()
    assert rates.prompt_ratio == pytest.approx(1.3)
    assert rates.answer_per_item == pytest.approx(38)
    assert rates.thoughts == pytest.approx(20)
    assert rates.total_per_item == pytest.approx(170)
    assert rates.seconds_per_item == pytest.approx(2.2)


def test_workers_share_what_they_learn_and_models_do_not(cache, estimator):
    RedisTokenEstimator(cache, "openai:model").learn(100, 1, 150, 20, 0, 1.0)
    assert estimator.read().prompt_ratio == 1.5
    assert RedisTokenEstimator(cache, "openai:other").read() == TokenRates()


def test_a_provider_that_counts_nonsense_is_believed_within_bounds(estimator):
    estimator.learn(1000, 1, tokens_in=1_000_000, tokens_out=1, thoughts=0, seconds=1)
    assert estimator.read().prompt_ratio == 4


def test_a_request_that_was_given_up_is_taken_to_last_twice_as_long(estimator):
    estimator.learn_slow(2, 30.0)
    assert estimator.read().seconds_per_item == 30


def test_without_redis_the_defaults_hold():
    blind = RedisTokenEstimator(redis.Redis(port=1, retry=Retry(NoBackoff(), 0)), "openai:model")
    blind.learn(1, 1, 1, 1, 0, 1.0)
    assert blind.read() == TokenRates()


def test_after_some_requests_estimates_are_within_three_percent(first, fleet, make_runtime):
    runtime = make_runtime(first.url)
    name = runtime.chains.of(parse_lane(AMBIENT))[0].name
    errors = []
    for _ in range(6):
        before = metrics.LLM_ESTIMATE_RATIO.labels(name)._sum.get()
        fleet.plan(8)
        fleet.work(runtime)
        errors.append(abs(metrics.LLM_ESTIMATE_RATIO.labels(name)._sum.get() - before - 1))
    assert errors[-1] < 0.03
    assert errors[-1] < 0.15
