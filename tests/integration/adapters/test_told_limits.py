"""What the provider tells of its limits lowers what may be reserved, and never raises it."""

from __future__ import annotations

import pytest
import redis

from app.adapters.redis import provider_limiter
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from app.domain.ports import Allowance, DaySlot
from tests.integration.adapters.redis_clock import START_US

BORN_LONG_AGO = 10**12
KEY = "llm:window:openai"


@pytest.fixture
def make(cache, clock):
    """A limiter on the test's clock, whose empty start is long past."""

    def build(rpm=100, tpm=100_000, rpd=0, tpd=0, load=list):
        cache.hset(KEY, "born", BORN_LONG_AGO)
        return RedisProviderLimiter(cache, "openai", ProviderLimits(rpm, tpm, rpd, tpd), load)

    return build


def of_minute(limit, remaining, kind="requests", reset_s=30.0):
    return [Allowance(kind, "minute", limit, remaining, reset_s)]


def of_day(limit, remaining, kind="requests"):
    return [Allowance(kind, "day", limit, remaining, 40_000.0)]


def room(limiter, most=200, tokens=1):
    """How many requests are granted at once."""
    return sum(limiter.reserve(tokens, urgent=True).granted for _ in range(most))


def test_a_lower_limit_is_in_force_for_every_worker(make):
    limiter, other = make(), make()
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(10, 9))
    assert 5 <= room(other) <= 9


def test_a_lower_limit_of_tokens_too(make):
    limiter = make()
    limiter.reserve(100, urgent=True)
    limiter.correct(of_minute(1000, 900, "tokens"))
    assert room(limiter, tokens=100) == 9


def test_a_higher_limit_changes_nothing(make):
    limiter = make(rpm=10)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(1000, 999))
    assert 5 <= room(limiter) <= 9


def test_a_told_limit_ends_when_no_answer_tells_of_it_any_more(make, clock, monkeypatch):
    monkeypatch.setattr(provider_limiter, "TOLD_MS", 400)
    limiter = make()
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(10, 9))
    assert room(limiter, most=20) <= 9
    grant = limiter.reserve(1, urgent=True)
    assert 0 < grant.retry_in_s <= 0.4
    clock.advance(grant.retry_in_s)
    assert room(limiter) > 20


def test_every_answer_renews_a_told_limit_and_a_higher_one_does_not_lift_it(make, cache, clock):
    limiter = make()
    limiter.correct(of_minute(10, 10))
    first = int(cache.hget(KEY, "until:r"))
    limiter.correct(of_minute(50, 50))
    assert (cache.hget(KEY, "limit:r"), int(cache.hget(KEY, "until:r"))) == (b"10", first)
    assert first == START_US // 1000 + 600_000
    clock.advance(0.002)
    limiter.correct(of_minute(10, 10))
    assert int(cache.hget(KEY, "until:r")) == first + 2


def test_what_somebody_else_used_is_no_longer_ours_to_use(make):
    limiter = make(rpm=20)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(20, 9))
    assert room(limiter) <= 9


def test_a_strangers_use_is_counted_once_however_many_answers_tell_of_it(make, cache):
    limiter = make(rpm=100)
    limiter.reserve(1, urgent=True)
    for _ in range(3):
        limiter.correct(of_minute(100, 49))
    counted = sum(int(value) for name, value in cache.hgetall(KEY).items() if name.startswith(b"r:"))
    assert counted == 51


@pytest.mark.parametrize(("remaining", "counted"), [(97, 1), (96, 4)])
def test_up_to_two_percent_is_no_stranger(make, cache, remaining, counted):
    limiter = make(rpm=100)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(100, remaining))
    assert sum(int(value) for name, value in cache.hgetall(KEY).items() if name.startswith(b"r:")) == counted


def test_more_left_than_we_count_gives_nothing_back(make, cache):
    limiter = make(rpm=10)
    taken = room(limiter)
    limiter.correct(of_minute(10, 10))
    assert room(limiter) == 0
    assert taken >= 5


def test_a_key_that_others_may_use_too_is_judged_by_what_remains(make):
    """Of 1,000 a minute 100 are ours: that others used 800 leaves enough for all of them."""
    limiter = make(rpm=100)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(1000, 199))
    assert room(limiter) > 50


def test_an_old_answer_is_measured_by_the_minute_it_was_asked_in(make, clock, monkeypatch):
    """A slow answer tells of a minute that is over by now: its use was ours."""
    monkeypatch.setattr(provider_limiter, "WINDOW_MS", 200)
    monkeypatch.setattr(provider_limiter, "SLOT_MS", 10)
    limiter = make(rpm=50)
    used = room(limiter, most=24)
    clock.advance(0.03)
    assert limiter.reserve(1, urgent=True).granted
    clock.advance(0.25)
    limiter.correct(of_minute(50, 50 - used - 1))
    assert room(limiter, most=24) == 24


def test_a_count_that_cannot_be_of_a_minute_is_not_taken_for_one(make):
    """As with models of OpenAI whose headers of requests speak of a day."""
    limiter = make(rpm=100)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_minute(200, 50, reset_s=64_800.0))
    assert room(limiter) > 50


@pytest.mark.usefixtures("clock")
def test_a_young_minute_does_not_take_the_unknown_before_its_birth_for_a_stranger(cache):
    limiter = RedisProviderLimiter(cache, "openai", ProviderLimits(6000, 100_000), list)
    limiter.keep_warm()
    limiter.reserve(0, urgent=True)
    limiter.correct(of_minute(6000, 20))
    assert not [name for name, value in cache.hgetall(KEY).items() if name.startswith(b"r:") and int(value) > 1]


def test_strangers_and_told_limits_of_a_day(make):
    limiter = make(rpd=1000)
    limiter.reserve(1, urgent=True)
    limiter.correct(of_day(30, 9))
    assert room(limiter) == 9


def test_a_day_that_is_not_known_yet_is_loaded_first(make, cache):
    limiter = make(rpd=20, load=lambda: [DaySlot(START_US / 1e6, 15, 0)])
    limiter.correct(of_day(20, 19))
    assert room(limiter) == 5


def test_a_day_without_a_limit_of_ours_is_not_counted(make, cache):
    limiter = make()
    limiter.reserve(1, urgent=True)
    limiter.correct(of_day(30, 0))
    assert room(limiter) > 50
    assert not cache.exists("llm:day:openai")


def test_without_redis_nothing_raises():
    limits = ProviderLimits(10, 1000, 10, 1000)
    blind = RedisProviderLimiter(redis.Redis.from_url("redis://127.0.0.1:1"), "openai", limits, list)
    blind.correct([*of_minute(5, 1), *of_day(5, 1)])
