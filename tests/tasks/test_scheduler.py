"""Beat waits out an outage of its Redis, and lays its schedule anew in one that comes back empty."""

from __future__ import annotations

from types import SimpleNamespace

import celery
import pytest
import redis
from redbeat.schedulers import acquire_distributed_beat_lock
from structlog.testing import capture_logs

from app.queues import DELIVERY, DISPATCH, INGEST, MAINTENANCE
from drills.redis_faults import SETTINGS, refusing
from tasks.scheduler import LOOK_AGAIN_S, PatientScheduler
from tests.waiting import wait_until


@pytest.fixture
def beat(worker, broker):
    scheduler = PatientScheduler(worker.app)
    acquire_distributed_beat_lock(SimpleNamespace(scheduler=scheduler))
    yield scheduler
    scheduler.close()


def events(logs):
    return [line["event"] for line in logs]


def tick_until(beat, condition):
    """New entries are due after their interval, which is at most a second for most of them."""

    def look():
        assert 0 <= beat.tick() <= 1.0
        return condition()

    wait_until(look, what="an entry to be due")


def count_emitted(broker):
    return sum(broker.llen(queue) for queue in (DELIVERY, DISPATCH, INGEST, MAINTENANCE))


def test_what_is_due_is_emitted(beat, broker):
    assert count_emitted(broker) == 0
    tick_until(beat, lambda: count_emitted(broker))


def test_a_redis_that_was_emptied_gets_schedule_and_lock_anew(beat, broker):
    beat.tick()
    broker.flushall()
    with capture_logs() as logs:
        assert beat.tick() == LOOK_AGAIN_S
        beat.tick()
    assert events(logs) == ["beat_lost_its_lock", "beat_goes_on"]
    assert beat.lock.owned()
    assert count_emitted(broker) == 0
    tick_until(beat, lambda: count_emitted(broker))


def test_without_redis_beat_says_so_in_a_line_and_looks_again(beat, monkeypatch):
    def away(*args, **kwargs):
        raise redis.ConnectionError("Error 111 connecting to 127.0.0.1:6379. Connection refused.")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(redis.connection.Connection, "read_response", away)
        assert beat.tick() == LOOK_AGAIN_S
        beat.tick()
    assert [(line["event"], line["server"], line["reason"]) for line in logs] == [("redis_unusable", "broker", "AWAY")]
    assert beat.tick() <= 1.0


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_redis_that_refuses_writes_is_waited_for_and_told_once(beat, broker, caplog, kind):
    tick_until(beat, lambda: count_emitted(broker))
    with capture_logs() as logs:
        with refusing(broker, kind):
            tick_until(beat, lambda: logs)
            beat.tick()
        tick_until(beat, lambda: "redis_usable" in events(logs))
    assert [line["reason"] for line in logs if line["event"] == "redis_unusable"] == [kind]
    assert set(events(logs)) <= {"redis_unusable", "redis_usable", "beat_lost_its_lock", "beat_goes_on"}
    assert not any(record.exc_info for record in caplog.records)


def test_a_task_that_cannot_be_emitted_costs_a_line_and_no_traceback(beat, monkeypatch, caplog):
    def away(*args, **kwargs):
        raise redis.ConnectionError("Connection refused.")

    monkeypatch.setattr(celery.Task, "apply_async", away)
    with capture_logs() as logs:
        tick_until(beat, lambda: "redis_unusable" in events(logs))
    assert not any(record.exc_info for record in caplog.records)


def test_without_redis_at_the_start_it_ends_with_a_line(worker, monkeypatch):
    def away(*args, **kwargs):
        raise redis.ConnectionError("Connection refused.")

    monkeypatch.setattr(redis.Redis, "smembers", away)
    with capture_logs() as logs, pytest.raises(SystemExit):
        PatientScheduler(worker.app)
    assert events(logs) == ["redis_unusable", "beat_cannot_start"]
