"""Places at a provider, learned on a simulated server that either shares one machine or scales."""

from __future__ import annotations

import pytest
import redis

from app.adapters.redis.pace import CUT_EVERY_MS, RedisPace


@pytest.fixture
def make(cache, clock):
    def build(at_first=1, minds_latency=True):
        return RedisPace(cache, "m", at_first, 12, minds_latency)

    return build


def serve(pace, clock, requests, seconds_at):
    """Lets `requests` end, each as slow as `seconds_at` says for those in flight with it; returns the places since."""
    seen = []
    for _ in range(requests):
        in_flight = pace.places()
        seconds = seconds_at(in_flight)
        clock.advance(seconds * 100)
        pace.learn(in_flight, seconds, hung=False)
        seen.append(pace.places())
    return seen


def test_a_server_whose_requests_share_one_core_is_asked_one_or_two_at_a_time(make, clock):
    seen = serve(make(), clock, 200, lambda in_flight: 0.03 * in_flight)
    assert max(seen) <= 2
    assert seen.count(1) > 100


def test_a_server_that_scales_to_four_is_asked_four_to_eight_at_a_time(make, clock):
    seen = serve(make(), clock, 400, lambda in_flight: 0.03 * max(1.0, in_flight / 4))
    assert min(seen[100:]) >= 4
    assert max(seen) <= 8


def test_a_server_that_scales_without_end_is_asked_as_often_as_we_can(make, clock):
    assert serve(make(), clock, 300, lambda in_flight: 0.03)[-1] == 12


def test_one_that_became_slower_for_good_gets_its_places_back(make, clock):
    pace = make()
    serve(pace, clock, 300, lambda in_flight: 0.03)
    seen = serve(pace, clock, 500, lambda in_flight: 0.09)
    assert min(seen) < 12
    assert seen[-1] == 12


def test_requests_that_hang_together_cut_the_places_once(make, clock):
    pace = make(at_first=12, minds_latency=False)
    for _ in range(5):
        pace.learn(12, 0.0, hung=True)
    assert pace.places() == 8
    clock.advance(CUT_EVERY_MS / 1000)
    pace.learn(8, 0.0, hung=True)
    assert pace.places() == 5


def test_a_provider_that_scales_is_not_slowed_down_by_its_latency(make, clock):
    pace = make(at_first=12, minds_latency=False)
    assert set(serve(pace, clock, 50, lambda in_flight: 0.03 * in_flight)) == {12}


def test_without_redis_the_places_are_those_at_first():
    pace = RedisPace(redis.Redis.from_url("redis://127.0.0.1:1"), "m", 3, 12, True)
    pace.learn(1, 0.1, hung=False)
    assert pace.places() == 3
