"""What a refusal teaches: a rest with one probe at its end, people first, and a limit of the minute that is lower."""

from __future__ import annotations

import pytest

from app.adapters.redis import provider_limiter
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from tests.integration.adapters.pace import drive, most_within

MINUTE_S = provider_limiter.WINDOW_MS / 1000
BORN_LONG_AGO = 10**12


@pytest.fixture
def make(cache, clock):
    """A limiter on the test's clock, whose empty start is long past."""

    def build(requests=60, tokens=1_000_000):
        cache.hset("llm:window:m", "born", BORN_LONG_AGO)
        return RedisProviderLimiter(cache, "m", ProviderLimits(requests, tokens), list)

    return build


def test_after_a_rest_one_request_probes_and_the_others_wait_for_its_answer(make, clock):
    window, other = make(), make()
    window.rest(5)
    clock.advance(5)
    assert window.reserve(10, urgent=True).granted
    assert [other.reserve(10, urgent=True).granted for _ in range(3)] == [False] * 3
    window.settle(10, 8)
    assert other.reserve(10, urgent=True).granted


@pytest.mark.parametrize("end", ["its worker dies", "it is not made", "it gets no answer"])
def test_a_probe_that_comes_to_nothing_is_left_to_another_request(make, clock, end):
    window, other = make(), make()
    window.rest(5)
    clock.advance(5)
    window.reserve(10, urgent=True)
    if end == "its worker dies":
        clock.advance(provider_limiter.PROBE_MS / 1000)
    elif end == "it is not made":
        window.settle(10, 0)
    else:
        window.free_probe()
    assert other.reserve(10, urgent=True).granted


def test_a_persons_answer_probes_first_and_anything_else_a_second_later(make, clock):
    window = make()
    window.rest(5)
    clock.advance(5)
    assert not window.reserve(10, urgent=False).granted
    assert window.peek() == 1.0
    clock.advance(1)
    assert window.reserve(10, urgent=False).granted


def test_refused_probes_double_the_rest_up_to_a_minute_and_lower_no_limit(make, clock):
    window = make()
    rests = []
    for _ in range(7):
        window.reserve(10, urgent=True)
        window.rest(1)
        rests.append(window.reserve(10, urgent=True).retry_in_s)
        clock.advance(rests[-1])
    assert rests == [1, 5, 10, 20, 40, 60, 60]


def test_a_limit_below_the_configured_one_is_found_by_one_refusal_and_kept_to(make, clock):
    window = make(requests=60)
    granted = drive(clock, lambda: window.reserve(10, urgent=True), seconds=12, callers=1)
    assert len(granted) > 12
    while drive(clock, lambda: window.reserve(10, urgent=True), seconds=1):
        pass
    window.rest(1, lower="requests")
    clock.advance(1)
    window.reserve(10, urgent=True)
    window.settle(10, 10)
    later = drive(clock, lambda: window.reserve(10, urgent=True), seconds=150, callers=1)
    assert 0.8 * 60 <= most_within(later, MINUTE_S) <= 0.9 * 60


def test_a_learned_limit_grows_back_slowly_at_first_and_whole_in_a_quarter_of_an_hour(make, clock, cache):
    window = make(requests=60)
    cache.hset("llm:window:m", mapping={"learned:r": 12, "learned_at:r": int(clock.now * 1000)})

    def allowed(after_s):
        clock.advance(after_s)
        return len(drive(clock, lambda: window.reserve(10, urgent=True), seconds=61, callers=1))

    assert allowed(0) == 12
    assert 12 <= allowed(60) <= 14
    assert allowed(1_000) >= 58


def test_one_refusal_of_a_burst_lowers_the_limit(make, clock, cache):
    window = make(requests=60)
    for _ in range(20):
        window.reserve(10, urgent=True)
    for _ in range(5):
        window.rest(1, lower="requests")
    assert int(cache.hget("llm:window:m", "learned:r")) == int(0.9 * 19)


def test_bulk_leaves_half_of_a_lowered_limit_to_the_others(make, clock, cache):
    window = make(requests=60)
    cache.hset("llm:window:m", mapping={"learned:r": 12, "learned_at:r": int(clock.now * 1000)})
    bulk = drive(clock, lambda: window.reserve(10, urgent=False, bulk=True), seconds=61, callers=1)
    assert len(bulk) <= 7
    assert window.reserve(10, urgent=True).granted


def test_tokens_are_lowered_by_themselves(make, clock, cache):
    window = make(tokens=100_000)
    for _ in range(10):
        window.reserve(3_000, urgent=True)
    window.rest(1, lower="tokens")
    assert int(cache.hget("llm:window:m", "learned:t")) == 27_000
    assert cache.hget("llm:window:m", "learned:r") is None
