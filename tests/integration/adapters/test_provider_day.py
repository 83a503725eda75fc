"""The provider's requests and tokens a day, on a clock that only the tests move; minute and day are shortened."""

from __future__ import annotations

import threading

import pytest

from app.adapters.redis import provider_limiter
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from app.domain.ports import DaySlot
from tests.integration.adapters.pace import drive, most_within
from tests.integration.adapters.redis_clock import START_US
from tests.integration.adapters.short_day import (
    BORN_LONG_AGO,
    DAY_KEY,
    DAY_MS,
    DAY_SLOT_MS,
    KEY,
    MINUTE_MS,
    Ledger,
    Row,
)
from tests.waiting import patience

pytestmark = pytest.mark.usefixtures("short_times")


def at_once(requests, tokens=0):
    """A ledger's answer: so much was asked as the test began."""
    return [DaySlot(START_US / 1e6, requests, tokens)]


@pytest.fixture
def make(cache, clock):
    """A limiter on the test's clock, whose empty start is long past."""

    def build(load=list, rpd=0, tpd=0, rpm=1000, tpm=100_000):
        cache.hset(KEY, "born", BORN_LONG_AGO)
        return RedisProviderLimiter(cache, "openai", ProviderLimits(rpm, tpm, rpd, tpd), load)

    return build


@pytest.fixture
def long_day(short_times, monkeypatch):
    """A day that does not pass while a test runs."""
    monkeypatch.setattr(provider_limiter, "DAY_MS", 86_400_000)
    monkeypatch.setattr(provider_limiter, "DAY_SLOT_MS", 600_000)


def grants(limiter, count, tokens=10):
    return sum(limiter.reserve(tokens, urgent=True).granted for _ in range(count))


def counted(cache, kind):
    """What the day's hash counts: `r` requests or `t` tokens."""
    return sum(int(value) for name, value in cache.hgetall(DAY_KEY).items() if name.startswith(f"{kind}:".encode()))


def test_a_slot_counts_until_its_end_is_a_day_and_a_requests_time_old(monkeypatch):
    monkeypatch.undo()
    assert provider_limiter.DAY_SLOT_MS == 600_000
    assert provider_limiter.DAY_MS >= 86_400_000 + 300_000


def test_no_more_requests_than_allowed_in_any_day(make, clock):
    limiter = make(rpd=12)
    taken = drive(clock, lambda: limiter.reserve(10, urgent=True), seconds=10, callers=4)
    assert len(taken) >= 12 * 10 / 0.54
    assert most_within(taken, DAY_MS / 1000) <= 12


def test_no_more_tokens_than_allowed_in_any_day(make, clock):
    limiter = make(tpd=1000)
    taken = drive(clock, lambda: limiter.reserve(150, urgent=False), seconds=10, amount=150, callers=3)
    assert len(taken) >= 6 * 10 / 0.54
    assert most_within(taken, DAY_MS / 1000) <= 1000


@pytest.mark.parametrize("limits", [{"rpd": 3}, {"tpd": 30}])
def test_an_exhausted_day_says_when_to_come_back(make, clock, limits):
    limiter = make(**limits)
    assert grants(limiter, 3) == 3
    grant = limiter.reserve(10, urgent=True)
    assert not grant.granted
    assert grant.saturated
    assert MINUTE_MS / 1000 < grant.retry_in_s <= (DAY_MS + DAY_SLOT_MS) / 1000
    clock.advance(grant.retry_in_s)
    assert limiter.reserve(10, urgent=True).granted


@pytest.mark.usefixtures("long_day")
def test_an_exhausted_day_takes_nothing_of_the_minute_and_the_minute_nothing_of_the_day(make, cache):
    limiter = make(rpd=3)
    grants(limiter, 3)
    minute = cache.hgetall(KEY)
    assert grants(limiter, 5) == 0
    assert cache.hgetall(KEY) == minute
    cache.flushall()
    narrow = make(rpd=100, rpm=4)
    assert grants(narrow, 50) <= 4
    assert counted(cache, "r") <= 4


@pytest.mark.usefixtures("long_day")
def test_a_lost_redis_learns_the_day_from_the_ledger_once(make, cache):
    reads = []
    limiter = make(load=lambda: reads.append(1) or at_once(7), rpd=10)
    assert grants(limiter, 12) == 3
    assert len(reads) == 1
    cache.flushall()
    cache.hset(KEY, "born", BORN_LONG_AGO)
    assert grants(limiter, 12) == 3
    assert len(reads) == 2


@pytest.mark.usefixtures("long_day")
def test_tokens_of_the_ledger_count_too(make):
    assert grants(make(load=lambda: at_once(1, 950), tpd=1000), 10, tokens=10) == 5


@pytest.mark.usefixtures("long_day")
def test_two_workers_that_load_at_once_do_not_double_the_day(make, cache):
    together = threading.Barrier(2)

    def load():
        together.wait(patience(5))
        return at_once(4)

    workers = [make(load=load, rpd=10) for _ in range(2)]
    granted = []
    threads = [threading.Thread(target=lambda one=one: granted.append(grants(one, 10))) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 6
    assert counted(cache, "r") == 10


@pytest.mark.usefixtures("long_day")
def test_what_was_read_for_an_earlier_life_of_redis_is_not_written(make, cache, clock):
    """Between reading and writing another worker loaded, reserved, and Redis was lost: the reading is stale."""
    ledger = Ledger()
    other = make(load=ledger.load, rpd=10)

    def slow():
        stale = ledger.load()
        if not ledger.rows:
            for _ in range(grants(other, 8)):
                ledger.rows.append(Row(clock.now, 10))
            cache.flushall()
            cache.hset(KEY, "born", BORN_LONG_AGO)
        return stale

    limiter = make(load=slow, rpd=10)
    assert grants(limiter, 5) == 2
    assert len(ledger.rows) == 8


@pytest.mark.usefixtures("long_day")
def test_a_redis_that_loses_the_day_again_and_again_grants_nothing(make, cache):
    limiter = make(load=lambda: cache.flushall() and [], rpd=10)
    grant = limiter.reserve(1, urgent=True)
    assert not grant.granted
    assert grant.retry_in_s > 0


def test_without_limits_a_day_nothing_is_loaded_or_counted(make, cache):
    def load():
        raise AssertionError

    limiter = make(load=load)
    assert limiter.reserve(10, urgent=True).granted
    limiter.settle(10, 500)
    assert not cache.exists(DAY_KEY)


@pytest.mark.usefixtures("long_day")
def test_a_day_in_which_some_requests_were_not_counted_is_loaded_anew(make):
    assert grants(make(rpd=10), 4) == 4
    assert grants(make(), 4) == 4
    assert grants(make(load=lambda: at_once(8), rpd=10), 5) == 2


@pytest.mark.usefixtures("long_day")
def test_settling_corrects_the_day(make):
    limiter = make(tpd=1000)
    assert limiter.reserve(800, urgent=True).granted
    assert not limiter.reserve(800, urgent=True).granted
    limiter.settle(800, 100)
    assert limiter.reserve(800, urgent=True).granted
    limiter.settle(800, 950)
    assert not limiter.reserve(1, urgent=True).granted


@pytest.mark.usefixtures("long_day")
def test_an_answer_to_a_request_from_before_the_loss_is_charged_and_gives_nothing_back(make, cache):
    """The ledger, read while the request was under way, did not know its tokens."""
    limiter = make(load=lambda: [], tpd=1000)
    assert limiter.reserve(900, urgent=True).granted
    cache.flushall()
    limiter.settle(900, 600)
    cache.hset(KEY, "born", BORN_LONG_AGO)
    assert not limiter.reserve(500, urgent=True).granted
    assert limiter.reserve(400, urgent=True).granted


@pytest.mark.usefixtures("long_day")
def test_a_request_beyond_the_whole_day_is_granted_once_the_day_is_clear(make, cache):
    limiter = make(tpd=1000)
    assert limiter.reserve(5000, urgent=True).granted
    assert not limiter.reserve(1, urgent=True).granted
    limiter.settle(5000, 5000)
    assert counted(cache, "t") == 5000


def test_expired_slots_of_the_day_are_forgotten(make, cache, clock):
    limiter = make(rpd=1000)
    drive(clock, lambda: limiter.reserve(1, urgent=True), seconds=0.3)
    assert cache.hlen(DAY_KEY) > 20
    clock.advance((DAY_MS + 2 * DAY_SLOT_MS) / 1000)
    limiter.reserve(1, urgent=True)
    assert cache.hlen(DAY_KEY) == 4
