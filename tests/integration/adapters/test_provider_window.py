"""The provider's requests and tokens a minute, on a clock that only the tests move.

The minute is shortened to 800 ms, its margin for jitter with it.
"""

from __future__ import annotations

import threading

import pytest
import redis

from app.adapters.redis import provider_limiter
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from tests.integration.adapters.pace import drive, drive_for_real, most_within
from tests.waiting import patience

WINDOW_MS = 810
MINUTE_S = 0.8
KEY = "llm:window:openai"
BORN_LONG_AGO = 10**12


@pytest.fixture(autouse=True)
def short_minute(monkeypatch):
    monkeypatch.setattr(provider_limiter, "WINDOW_MS", WINDOW_MS)
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 10)


@pytest.fixture
def make(cache, clock):
    """A limiter on the test's clock, whose empty start is long past unless `fresh`."""

    def build(requests=100, tokens=100_000, name="openai", fresh=False):
        if not fresh:
            cache.hset(f"llm:window:{name}", "born", BORN_LONG_AGO)
        return RedisProviderLimiter(cache, name, ProviderLimits(requests, tokens), list)

    return build


def test_the_window_is_longer_than_a_minute_by_a_margin_for_jitter(monkeypatch):
    monkeypatch.undo()
    assert 60_500 <= provider_limiter.WINDOW_MS <= 62_000


@pytest.mark.parametrize("urgent", [False, True])
def test_no_more_requests_than_allowed_in_any_minute(make, clock, urgent):
    window = make(requests=10)
    taken = drive(clock, lambda: window.reserve(10, urgent), seconds=20, callers=4)
    assert len(taken) >= 220
    assert most_within(taken, MINUTE_S) <= 10


def test_threads_on_the_servers_own_clock_reserve_no_more_than_allowed(cache):
    cache.hset(KEY, "born", BORN_LONG_AGO)
    window = RedisProviderLimiter(cache, "openai", ProviderLimits(20, 100_000), list)
    taken = drive_for_real(lambda: window.reserve(10, urgent=True), count=45, threads=4)
    assert taken[-1].after - taken[0].before > MINUTE_S
    assert most_within(taken, MINUTE_S) <= 20


def test_a_look_tells_the_wait_and_takes_nothing(make, clock):
    window = make(requests=4)
    assert [window.peek() for _ in range(50)] == [0] * 50
    while window.reserve(10, urgent=False).granted:
        pass
    [wait] = {window.peek() for _ in range(3)}
    assert 0 < wait <= MINUTE_S
    clock.advance(wait)
    assert window.peek() == 0
    assert window.reserve(10, urgent=False).granted


def test_a_look_respects_the_place_that_is_kept_for_people_and_does_not_end_it(make, cache):
    window = make(requests=4)
    while window.reserve(10, urgent=True).granted:
        pass
    kept = cache.hget(KEY, "kept")
    assert window.peek() > 0
    assert cache.hget(KEY, "kept") == kept


def test_no_more_tokens_than_allowed_in_any_minute(make, clock):
    window = make(tokens=1000)
    taken = drive(clock, lambda: window.reserve(150, urgent=False), seconds=20, amount=150, callers=3)
    assert len(taken) >= 120
    assert most_within(taken, MINUTE_S) <= 1000


def test_a_refund_ends_with_its_reservation(make, clock):
    """One that outlived it would let more through, a minute later, than the limit allows."""
    window = make(tokens=1000)
    assert window.reserve(900, urgent=True).granted
    clock.advance(0.5)
    window.settle(900, 100)
    clock.advance(WINDOW_MS / 1000 - 0.5 + 0.02)
    assert window.reserve(1000, urgent=True).granted
    assert not window.reserve(10, urgent=True).granted


def test_a_lost_redis_starts_empty_and_grows_with_the_minute(cache, clock, make):
    window = make(requests=10, fresh=True)
    drive(clock, lambda: window.reserve(10, urgent=True), seconds=1.0)
    cache.flushall()
    taken = drive(clock, lambda: window.reserve(10, urgent=True), seconds=0.45, callers=2)
    assert 4 <= len(taken) <= 5
    assert most_within(taken, 0.15) <= 2


def test_a_refund_for_a_lost_reservation_gives_nothing(cache, make):
    window = make(tokens=1000)
    assert window.reserve(900, urgent=False).granted
    cache.flushall()
    window.settle(900, 100)
    cache.hset(KEY, "born", BORN_LONG_AGO)
    assert window.reserve(1000, urgent=False).granted
    assert not window.reserve(10, urgent=False).granted


def test_settling_frees_what_was_not_used_and_charges_what_was_used_beyond(make):
    window = make(tokens=1000)
    assert window.reserve(800, urgent=False).granted
    assert not window.reserve(800, urgent=False).granted
    window.settle(800, 100)
    assert window.reserve(800, urgent=True).granted
    window.settle(800, 950)
    assert not window.reserve(1, urgent=True).granted


def test_threads_settle_their_own_reservations(make):
    window = make(tokens=1000)
    both_reserved = threading.Barrier(2)

    def work(used):
        assert window.reserve(500, urgent=True).granted
        both_reserved.wait(patience(5))
        window.settle(500, used)

    threads = [threading.Thread(target=work, args=(used,)) for used in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert window.reserve(700, urgent=True).granted
    assert not window.reserve(10, urgent=True).granted


def test_a_request_beyond_the_whole_limit_is_granted_once_the_minute_is_clear(make, clock):
    window = make(tokens=1000)
    assert window.reserve(400, urgent=False).granted
    waits = 0
    while not (grant := window.reserve(5000, urgent=False)).granted:
        waits += 1
        assert waits <= 2
        clock.advance(grant.retry_in_s)
    assert not window.reserve(1, urgent=True).granted


@pytest.mark.parametrize("fresh", [False, True])
def test_after_the_wait_that_was_told_a_request_goes(make, clock, fresh):
    window = make(requests=5, fresh=fresh)
    for _ in range(12):
        grant = window.reserve(10, urgent=False)
        if not grant.granted:
            assert 0 < grant.retry_in_s <= WINDOW_MS / 1000
            clock.advance(grant.retry_in_s)
            assert window.reserve(10, urgent=False).granted


def test_below_half_of_the_limit_requests_go_at_once_and_above_it_they_are_spaced(make):
    window = make(requests=10)
    grants = [window.reserve(10, urgent=False) for _ in range(6)]
    assert [grant.granted for grant in grants] == [True] * 5 + [False]
    assert [grant.saturated for grant in grants] == [False] * 5 + [True]
    assert grants[-1].retry_in_s <= WINDOW_MS / 1000 / 10


@pytest.mark.parametrize(("late", "wait"), [(0.2, 0.8), (0.7, 1.0)])
def test_a_request_that_is_a_little_late_does_not_delay_the_next_one(make, clock, late, wait):
    """All in intervals: what each loses on its way to the provider would add up over the minute."""
    window, interval = make(requests=4), WINDOW_MS / 1000 / 4
    while (grant := window.reserve(10, urgent=False)).granted:
        pass
    clock.advance(grant.retry_in_s + late * interval)
    assert window.reserve(10, urgent=False).granted
    grant = window.reserve(10, urgent=False)
    assert not grant.granted
    assert grant.retry_in_s == pytest.approx(wait * interval, abs=0.002)


def test_an_urgent_request_finds_room_where_another_must_keep_the_spacing(make):
    window = make(requests=10)
    while window.reserve(10, urgent=False).granted:
        pass
    assert not window.reserve(10, urgent=False).granted
    assert window.reserve(10, urgent=True).granted


@pytest.mark.parametrize(("requests", "late_s", "taken"), [(4, 0.0, False), (4, 0.15, True), (2, 0.15, False)])
def test_the_next_place_is_kept_for_an_urgent_request_that_found_none_but_not_for_long(
    make, clock, monkeypatch, requests, late_s, taken
):
    """For half of the interval between two requests: 101 ms of four in 810 ms, 202 ms of two."""
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 100)
    window = make(requests=requests)
    while (grant := window.reserve(10, urgent=True)).granted:
        pass
    clock.advance(grant.retry_in_s + late_s)
    assert window.reserve(10, urgent=False).granted is taken


def test_an_urgent_request_that_was_served_keeps_nothing_back(make, clock, monkeypatch):
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 100)
    window = make(requests=4)
    while (grant := window.reserve(10, urgent=True)).granted:
        pass
    clock.advance(grant.retry_in_s)
    assert window.reserve(10, urgent=True).granted
    grant = window.reserve(10, urgent=False)
    assert not grant.granted
    clock.advance(grant.retry_in_s)
    assert window.reserve(10, urgent=False).granted


def test_what_is_left_of_a_minute_is_granted_unless_it_is_too_little(make):
    window = make(tokens=1000)
    assert window.reserve(700, urgent=True).granted
    assert not window.reserve(700, urgent=True, fewest=301).granted
    grant = window.reserve(700, urgent=True, fewest=300)
    assert (grant.granted, grant.tokens) == (True, 300)
    assert not window.reserve(1, urgent=True).granted


def test_a_minute_that_still_grows_is_not_cut_into_pieces(make):
    window = make(tokens=1000, fresh=True)
    grant = window.reserve(700, urgent=True, fewest=1)
    assert not grant.granted
    assert grant.retry_in_s == pytest.approx(0.7 * WINDOW_MS / 1000, abs=0.001)


def test_a_429_stops_every_request_of_the_key_for_its_seconds(make, clock):
    window, other = make(), make(name="groq")
    window.rest(60)
    grant = window.reserve(1, urgent=True)
    assert (grant.retry_in_s, grant.saturated) == (60, True)
    assert other.reserve(1, urgent=True).granted
    clock.advance(60)
    assert window.reserve(1, urgent=True).granted


def test_two_workers_share_one_key(make):
    windows = [make(requests=6), make(requests=6)]
    granted = [windows[turn % 2].reserve(1, urgent=True).granted for turn in range(12)]
    assert sum(granted) <= 6


def test_expired_slots_are_forgotten(make, cache, clock):
    window = make(requests=1000)
    drive(clock, lambda: window.reserve(1, urgent=True), seconds=0.3)
    assert cache.hlen(KEY) > 40
    clock.advance(WINDOW_MS / 1000 + 0.02)
    window.reserve(1, urgent=True)
    assert cache.hlen(KEY) == 4


def test_without_redis_nothing_is_granted_and_nothing_raises():
    blind = RedisProviderLimiter(redis.Redis.from_url("redis://127.0.0.1:1"), "openai", ProviderLimits(10, 1000), list)
    grant = blind.reserve(1, urgent=True)
    assert not grant.granted
    assert grant.retry_in_s > 0
    blind.settle(5, 3)
    blind.rest(3)
