"""Telegram's limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""

from __future__ import annotations

import itertools
import threading

import pytest
import redis
from structlog.testing import capture_logs

from app.adapters.redis import flood as flood_module
from app.adapters.redis.connection import connect
from app.adapters.redis.flood import PER_CHAT, PER_GROUP, PER_TOKEN, RedisFloodLimiter, per_minute
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from drills.redis_faults import SETTINGS, refusing
from tests.integration.adapters.pace import drive, drive_for_real, most_within
from tests.waiting import wait_until

OPEN = (1, 1000)
BORN_LONG_AGO = 10**12


@pytest.fixture
def flood(cache, clock):
    """A limiter whose empty start is long past, on the test's own clock."""
    cache.set("flood:born", BORN_LONG_AGO)
    return RedisFloodLimiter(cache)


@pytest.fixture
def real_flood(cache):
    """The same on the server's clock."""
    cache.set("flood:born", BORN_LONG_AGO)
    return RedisFloodLimiter(cache)


@pytest.fixture
def only(monkeypatch):
    """Leaves one kind of bucket narrow, and opens the others."""

    def apply(**buckets):
        for name in ("PER_TOKEN", "PER_CHAT", "PER_GROUP"):
            monkeypatch.setattr(flood_module, name, buckets.get(name, OPEN))

    return apply


@pytest.mark.parametrize(
    ("bucket", "window_ms", "limit"),
    [(PER_TOKEN, 1000, 30), (PER_CHAT, 1000, 1), (PER_GROUP, 60_000, 20)],
    ids=["thirty a second", "one a second in a chat", "twenty a minute in a group"],
)
def test_burst_and_refill_together_stay_within_telegrams_limit(bucket, window_ms, limit):
    interval_ms, burst = bucket
    assert burst + (window_ms - 1) // interval_ms <= limit


def test_one_token_sends_at_most_thirty_in_any_second_over_all_its_chats(flood, clock):
    chats = itertools.count()
    taken = drive(clock, lambda: flood.take(1, next(chats)), seconds=20, callers=4)
    assert 25 * 20 <= len(taken) <= 29 * 20
    assert most_within(taken, 1.0) <= 30


def test_threads_on_the_servers_own_clock_stay_within_the_tokens_limit(real_flood):
    chats = itertools.count()
    taken = drive_for_real(lambda: real_flood.take(1, next(chats)), count=50, threads=4)
    assert taken[-1].after - taken[0].before > 1.0
    assert most_within(taken, 1.0) <= 30


def test_one_chat_hears_at_most_one_message_a_second_of_a_bot(flood, clock):
    taken = drive(clock, lambda: flood.take(1, 5), seconds=12, callers=2)
    assert len(taken) >= 5
    assert most_within(taken, 1.0) == 1


def test_a_group_hears_a_burst_and_then_the_refill_only(flood, clock, only):
    only(PER_GROUP=(200, 5))
    taken = drive(clock, lambda: flood.take(1, 5), seconds=20, callers=4)
    assert 100 <= len(taken) <= 105
    assert most_within(taken, 1.0) <= 10


def test_buckets_of_other_tokens_and_chats_are_their_own(flood):
    assert flood.take(1, 5).granted
    assert not flood.take(1, 5).granted
    assert flood.take(2, 5).granted
    assert flood.take(1, 6).granted


def test_what_is_refused_by_one_bucket_is_taken_from_none(flood, cache, only):
    only(PER_CHAT=(60_000, 1), PER_TOKEN=(60_000, 3))
    assert flood.take(1, 5).granted
    for _ in range(20):
        assert not flood.take(1, 5).granted
    assert [flood.take(1, chat).granted for chat in (6, 7, 8)] == [True, True, False]


def test_after_the_wait_that_was_told_the_message_goes_and_not_before(flood, clock):
    assert flood.take(1, 5).granted
    clock.advance(0.1)
    wait = flood.take(1, 5)
    assert wait.retry_in_s == PER_CHAT[0] / 1000 - 0.1
    clock.advance(wait.retry_in_s - 0.001)
    again = flood.take(1, 5)
    assert not again.granted
    clock.advance(again.retry_in_s)
    assert flood.take(1, 5).granted


def test_a_lost_redis_starts_empty_so_that_nothing_bursts(cache, clock, only):
    only(PER_GROUP=(200, 5))
    flood = RedisFloodLimiter(cache)
    drive(clock, lambda: flood.take(1, 5), seconds=10)
    cache.flushall()
    taken = drive(clock, lambda: flood.take(1, 5), seconds=2.1)
    assert len(taken) == 10
    assert most_within(taken, 0.19) <= 1


def test_a_slower_pace_stretches_a_chats_intervals_and_no_other_ones(flood, clock, only):
    only(PER_CHAT=(100, 1))
    usual = drive(clock, lambda: flood.take(1, 5), seconds=2.05)
    slowed = drive(clock, lambda: flood.take(2, 5, rate_factor=0.5), seconds=2.05)
    assert 19 <= len(usual) <= 21
    assert 10 <= len(slowed) <= 11
    assert most_within(slowed, 0.19) <= 1


def test_a_slower_pace_shrinks_the_burst_too_down_to_one_message(flood, only):
    only(PER_GROUP=(10_000, 4))
    assert [flood.take(1, 5, rate_factor=0.5).granted for _ in range(3)] == [True, True, False]
    assert [flood.take(2, 5, rate_factor=0.1).granted for _ in range(2)] == [True, False]
    assert [flood.take(3, 5).granted for _ in range(5)] == [True] * 4 + [False]


def test_the_slowest_bot_still_gets_through(cache, clock, only):
    only(PER_CHAT=(20, 1), PER_GROUP=(20, 2))
    flood = RedisFloodLimiter(cache)
    taken = drive(clock, lambda: flood.take(1, 5, rate_factor=0.1), seconds=2.1)
    assert 9 <= len(taken) <= 10


@pytest.mark.parametrize("messages", [1, 2, 3, 4, 7, 12, 60, 600, 1200])
def test_a_chats_cap_holds_in_any_minute(messages):
    interval_ms, burst = per_minute(messages)
    assert burst + (60_000 - 1) // interval_ms <= messages


def test_a_chats_cap_is_shared_by_all_bots_and_leaves_other_chats_alone(flood, only):
    only()
    granted = [flood.take(bot, 5, chat_per_min=8).granted for bot in range(1, 6)]
    assert granted == [True, True, False, False, False]
    assert flood.take(9, 6, chat_per_min=8).granted
    assert flood.take(9, 5).granted


def test_typing_takes_from_its_token_only_and_never_from_a_chat(flood, only):
    only(PER_TOKEN=(60_000, 2), PER_CHAT=(60_000, 1))
    assert flood.take_action(1, 5).granted
    assert flood.take(1, 5).granted
    assert not flood.take_action(1, 6).granted
    assert flood.take_action(2, 5).granted


def test_typing_and_messages_together_stay_within_the_tokens_limit(flood, clock):
    chats = itertools.count()
    turns = itertools.cycle([flood.take_action, flood.take])
    taken = drive(clock, lambda: next(turns)(1, next(chats)), seconds=20, callers=3)
    assert len(taken) >= 25 * 20
    assert most_within(taken, 1.0) <= 30


def test_there_is_no_typing_while_a_429_is_on(flood):
    flood.rest(1, 5, 60)
    assert not flood.take_action(1, 5).granted
    assert flood.take_action(1, 6).granted


@pytest.mark.usefixtures("clock")
def test_buckets_that_come_back_after_a_lost_redis_are_empty_at_every_pace(cache, only):
    only(PER_GROUP=(100_000, 5))
    for rate_factor in (1.0, 0.3):
        cache.flushall()
        wait = RedisFloodLimiter(cache).take(1, 5, rate_factor)
        assert not wait.granted
        assert wait.retry_in_s > 99


def test_a_429_silences_this_bot_in_this_chat_for_its_seconds(flood, cache):
    flood.rest(1, 5, 60)
    wait = flood.take(1, 5)
    assert cache.pttl("flood:rest:1:5") <= wait.retry_in_s * 1000 <= 60_000
    assert flood.take(1, 6).granted
    assert flood.take(2, 5).granted
    cache.pexpire("flood:rest:1:5", 1)
    wait_until(lambda: not cache.exists("flood:rest:1:5"), what="the end of the rest")
    assert flood.take(1, 5).granted


def test_threads_at_the_same_instant_share_one_bucket(flood, only):
    only(PER_TOKEN=(60_000, 3))
    together = threading.Barrier(12)
    granted = []

    def take(chat):
        together.wait()
        granted.append(flood.take(1, chat).granted)

    threads = [threading.Thread(target=take, args=(chat,)) for chat in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 3


def test_idle_buckets_leave_nothing_behind(real_flood, cache, only):
    only(PER_TOKEN=(60_000, 30), PER_CHAT=(60_000, 1), PER_GROUP=(60_000, 2))
    for chat in range(20):
        real_flood.take(1, chat)
    ttls = {key: cache.pttl(key) for key in cache.scan_iter("flood:*:1*")}
    assert len(ttls) == 41
    assert 60_000 * 19 < ttls.pop(b"flood:token:1") <= 60_000 * 20 + 1000
    assert all(30_000 < ttl <= 61_000 for ttl in ttls.values())


def test_without_redis_nothing_is_granted_and_nothing_raises():
    blind = RedisFloodLimiter(redis.Redis.from_url("redis://127.0.0.1:1"))
    grant = blind.take(1, 5)
    assert not grant.granted
    assert grant.retry_in_s > 0
    blind.rest(1, 5, 3)


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_cache_that_refuses_writes_grants_nothing_says_so_once_and_is_used_again_at_once(redis_url, cache, kind):
    cache.set("flood:born", BORN_LONG_AGO)
    cache.hset("llm:window:openai", "born", BORN_LONG_AGO)
    with connect(redis_url) as client, capture_logs() as lines:
        flood = RedisFloodLimiter(client)
        window = RedisProviderLimiter(client, "openai", ProviderLimits(100, 100_000), list)
        with refusing(cache, kind):
            for _ in range(3):
                grants = flood.take(1, 5), flood.take_action(1, 5), window.reserve(10, urgent=True)
                assert [(grant.granted, grant.retry_in_s > 0) for grant in grants] == [(False, True)] * 3
        assert flood.take(1, 5).granted
        assert window.reserve(10, urgent=True).granted
    refused, again = lines
    assert (refused["event"], refused["server"], refused["reason"]) == ("redis_unusable", "cache", kind)
    assert refused["fix"]
    assert again["event"] == "redis_usable"
