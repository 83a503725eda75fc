"""A task takes ids, calls one service, returns nothing."""

from __future__ import annotations

import datetime as dt
import importlib

import pytest

from app import queues


@pytest.fixture
def called(worker, monkeypatch):
    """Runs a task as a worker would; returns what its service was called with."""

    def run(task, module, service, *args):
        calls = []
        target = importlib.import_module(module)
        monkeypatch.setattr(target, service, lambda *given: calls.append(given))
        assert worker.app.tasks[task].apply(args=args, throw=True).result is None
        [given] = calls
        return given

    return run


def test_a_tick_gets_its_bot_its_instant_and_its_mention(worker, called):
    given = called(queues.TASK_TICK, "tasks.schedule", "run_tick", 7, "2026-11-22T12:00:00.250000+00:00", 9)
    assert given == (worker.runtime.tick, 7, dt.datetime(2026, 11, 22, 12, 0, 0, 250_000, dt.UTC), 9)


def test_an_ambient_tick_has_no_mention(worker, called):
    assert called(queues.TASK_TICK, "tasks.schedule", "run_tick", 7, "2026-11-22T12:00:00+00:00")[-1] is None


def test_generation_gets_its_lane_and_makes_room_for_the_next_nudge_first(worker, called, cache):
    assert worker.runtime.queue._is_first("nudge:chorus.generate:chat.ambient:now", 5)
    given = called(queues.TASK_GENERATE, "app.services.lanes.generation", "generate", "chat.ambient")
    assert given == (worker.runtime.generation, "chat.ambient")
    assert not cache.exists("nudge:chorus.generate:chat.ambient:now")


@pytest.mark.parametrize(
    ("task", "module", "service", "ports"),
    [
        (queues.TASK_DELIVER, "app.services.delivery", "deliver", "delivery"),
        (queues.TASK_INGEST, "tasks.ingest", "ingest_updates", "ingest"),
        (queues.TASK_SWEEP, "app.services.schedule.sweeping", "sweep", "sweeping"),
        (queues.TASK_PRUNE, "app.services.schedule.retention", "prune", "retention"),
        (queues.TASK_FORGET, "app.services.people.forgetting", "forget", "forgetting"),
        (queues.TASK_CHECK_TOKENS, "app.services.fleet.tokens", "check_due", "tokens"),
        (queues.TASK_FEEDS, "app.services.feeds.reading", "read_due_feeds", "feeds"),
    ],
)
def test_a_look_gets_its_ports(worker, called, task, module, service, ports):
    assert called(task, module, service) == (getattr(worker.runtime, ports),)


def test_dispatch_gets_the_database_the_queue_and_the_clock(worker, called):
    given = called(queues.TASK_DISPATCH, "app.services.schedule.dispatch", "dispatch_ticks")
    assert given == (worker.runtime.sessions, worker.runtime.queue, worker.runtime.clock)
