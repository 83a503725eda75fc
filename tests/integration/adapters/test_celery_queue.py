"""Hints to workers, as they lie in the broker."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
import redis

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.domain.ports import TickRef
from tests.waiting import wait_until

AT = dt.datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=dt.UTC)


@pytest.fixture
def app(settings):
    app = create_celery(settings)
    yield app
    app.close()


@pytest.fixture
def queue(app, broker, cache):
    return CeleryTaskQueue(app, cache)


def messages(broker, name):
    """Task, arguments and headers of what waits in a queue, oldest first."""
    found = []
    for raw in reversed(broker.lrange(name, 0, -1)):
        envelope = json.loads(raw)
        args = json.loads(base64.b64decode(envelope["body"]))[0]
        found.append((envelope["headers"]["task"], args, envelope["headers"]))
    return found


def test_a_tick_goes_to_the_queue_of_its_shard_with_its_identity_and_an_expiry(queue, broker):
    assert queue.publish_ticks([TickRef(7, AT, shard=3), TickRef(8, AT, shard=3), TickRef(9, AT, shard=4)], 30) == 3
    told = messages(broker, "ticks.3")
    assert [(task, args) for task, args, _ in told] == [
        ("chorus.tick", [7, "2026-11-22T12:00:00.250000+00:00", None]),
        ("chorus.tick", [8, "2026-11-22T12:00:00.250000+00:00", None]),
    ]
    assert broker.llen("ticks.4") == 1
    left = dt.datetime.fromisoformat(told[0][2]["expires"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(seconds=20) < left <= dt.timedelta(seconds=30)


def test_an_instant_of_another_time_zone_is_the_same_tick(queue, broker):
    queue.publish_ticks([TickRef(7, AT.astimezone(dt.timezone(dt.timedelta(hours=3))), shard=0)], 30)
    assert messages(broker, "ticks.0")[0][1][1] == "2026-11-22T12:00:00.250000+00:00"


def test_an_urgent_tick_does_not_stand_in_line_with_its_shard(queue, broker):
    queue.publish_urgent_tick(TickRef(7, AT, shard=3, mention_id=5))
    assert messages(broker, "ticks.urgent")[0][1] == [7, "2026-11-22T12:00:00.250000+00:00", 5]
    assert broker.llen("ticks.3") == 0


def test_many_nudges_of_one_lane_are_one_message_until_a_worker_takes_it(queue, broker):
    for _ in range(5):
        queue.nudge_generation("chat.ambient")
    queue.nudge_generation("chat.interactive")
    assert [args for _, args, _ in messages(broker, "generation")] == [["chat.ambient"], ["chat.interactive"]]
    queue.forget_nudge("chat.ambient")
    queue.nudge_generation("chat.ambient")
    assert broker.llen("generation") == 3


def test_a_nudge_for_later_is_forgotten_when_its_time_has_come(queue, broker, cache):
    """The task it starts may have to ask for the next one."""
    queue.nudge_generation("chat.ambient", 0.05)
    wait_until(lambda: not cache.keys("nudge:*"), within_s=0.5)
    queue.nudge_generation("chat.ambient", 0.05)
    assert broker.llen("generation") == 2


def test_a_nudge_for_later_does_not_swallow_one_for_now(queue, broker):
    queue.nudge_generation("chat.ambient", 2.0)
    queue.nudge_generation("chat.ambient", 2.0)
    queue.nudge_generation("chat.ambient")
    etas = [headers["eta"] is not None for _, _, headers in messages(broker, "generation")]
    assert etas == [True, False]


def test_nudges_of_outbox_inbox_and_forgetting_go_to_their_queues_and_expire(queue, broker):
    queue.nudge_delivery()
    queue.nudge_ingest()
    queue.nudge_forgetting()
    for name in ("delivery", "ingest", "maintenance"):
        [(_, args, headers)] = messages(broker, name)
        assert args == []
        assert headers["expires"]


def test_without_a_cache_a_nudge_is_sent_every_time(app, broker):
    blind = CeleryTaskQueue(app, redis.Redis.from_url("redis://127.0.0.1:1"))
    for _ in range(2):
        blind.nudge_generation("chat.ambient")
    blind.forget_nudge("chat.ambient")
    assert broker.llen("generation") == 2


def test_without_a_broker_nothing_raises_and_the_dispatcher_knows_that_nothing_went(settings, cache):
    app = create_celery(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"}))
    app.conf.broker_transport_options |= {"max_retries": 1, "interval_start": 0.01}
    queue = CeleryTaskQueue(app, cache)
    assert queue.publish_ticks([TickRef(7, AT)], 30) == 0
    queue.publish_urgent_tick(TickRef(7, AT, mention_id=1))
    queue.nudge_generation("chat.ambient")
    queue.nudge_delivery()
    queue.nudge_ingest()
    app.close()


def test_nudges_of_the_inbox_become_one_until_a_worker_starts_on_it(queue, broker):
    for _ in range(20):
        queue.nudge_ingest()
    assert broker.llen("ingest") == 1
    queue.forget_ingest_nudge()
    queue.nudge_ingest()
    assert broker.llen("ingest") == 2


def test_a_nudge_of_the_inbox_that_was_lost_holds_others_back_for_half_a_second_at_most(queue, broker, cache):
    queue.nudge_ingest()
    assert 0 < cache.pttl("nudge:chorus.ingest") <= 500
    cache.flushall()
    queue.nudge_ingest()
    assert broker.llen("ingest") == 2
