"""What silent ticks leave in Redis: the last ones of each bot, counts by hour, one round trip, no error."""

from __future__ import annotations

import datetime as dt

import pytest
import redis

from app.adapters.redis.silence import KEPT, RedisSilenceLog
from app.domain.behaviour.trace import Step
from app.domain.traces.silence import SilentTick, silent_tick
from tests.builders import NOW


def tick(reason: str = "cooldown", at: dt.datetime = NOW) -> SilentTick:
    return silent_tick(at, reason, [Step("fleet_runs", "ok"), Step("is_rested", reason, {"rested_s": 1.5})])


class CountingPool(redis.ConnectionPool):
    """Counts how often a command, or a pipeline of them, is sent."""

    sent = 0

    def get_connection(self, *args, **options):
        self.sent += 1
        return super().get_connection(*args, **options)


def test_the_last_ticks_of_a_bot_are_kept_newest_first(cache: redis.Redis) -> None:
    log = RedisSilenceLog(cache)
    for second in range(KEPT + 5):
        log.note(7, tick(at=NOW + dt.timedelta(seconds=second)))
    log.note(8, tick("quiet_turn"))
    kept = log.last(7)
    assert [each.at for each in kept] == [NOW + dt.timedelta(seconds=second) for second in range(KEPT + 4, 4, -1)]
    assert kept[0].steps[1] == {"rule": "is_rested", "verdict": "cooldown", "numbers": {"rested_s": 1.5}}
    assert [each.reason for each in log.last(8)] == ["quiet_turn"]
    assert log.last(9) == []


def test_reasons_are_counted_by_hour_for_the_bot_and_the_fleet(cache: redis.Redis) -> None:
    log = RedisSilenceLog(cache)
    hour = NOW.replace(minute=0)
    for bot_id, reason, hours_ago in (
        (7, "cooldown", 0),
        (7, "cooldown", 0),
        (7, "quiet_turn", 13),
        (8, "cooldown", 1),
    ):
        log.note(bot_id, tick(reason, NOW - dt.timedelta(hours=hours_ago)))
    log.note(7, tick("cooldown", NOW - dt.timedelta(hours=24)))
    assert log.count(7, NOW) == {hour - dt.timedelta(hours=13): {"quiet_turn": 1}, hour: {"cooldown": 2}}
    assert log.count(None, NOW)[hour - dt.timedelta(hours=1)] == {"cooldown": 1}
    assert log.count(7, NOW, hours=1) == {hour: {"cooldown": 2}}


def test_everything_expires(cache: redis.Redis) -> None:
    RedisSilenceLog(cache).note(7, tick())
    keys = sorted(cache.scan_iter("silence:*"))
    assert len(keys) == 3
    assert all(0 < cache.ttl(key) <= 2 * 86_400 for key in keys)


def test_a_tick_costs_one_round_trip(redis_url: str, cache: redis.Redis) -> None:
    with redis.Redis(connection_pool=CountingPool.from_url(redis_url)) as client:
        log = RedisSilenceLog(client)
        log.note(7, tick())
        before = client.connection_pool.sent
        log.note(7, tick())
        assert client.connection_pool.sent - before == 1


def test_a_redis_that_forgot_the_script_learns_it_again(cache: redis.Redis) -> None:
    log = RedisSilenceLog(cache)
    log.note(7, tick())
    cache.script_flush()
    log.note(7, tick("quiet_turn"))
    assert len(log.last(7)) == 2


def test_without_redis_nothing_is_kept_and_nobody_waits_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    client = redis.Redis.from_url("redis://127.0.0.1:1")
    log = RedisSilenceLog(client)
    log.note(7, tick())
    monkeypatch.setattr(log, "_note", pytest.fail)
    log.note(7, tick())
    assert log.last(7) == []
    assert log.count(7, NOW) == {}


def test_what_others_wrote_there_is_passed_over(cache: redis.Redis) -> None:
    log = RedisSilenceLog(cache)
    log.note(7, tick())
    cache.rpush("silence:7:last", b"\xff", "[1]", "{}")
    assert len(log.last(7)) == 1
