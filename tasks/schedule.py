"""Ticks and maintenance: the dispatcher, one bot's tick, the sweepers, retention."""

from __future__ import annotations

import datetime as dt

from app.logs import bound
from app.queues import TASK_DISPATCH, TASK_PRUNE, TASK_SWEEP, TASK_TICK
from app.services.schedule import dispatch, retention, sweeping
from app.services.schedule.tick import run_tick
from tasks.celery import app, runtime


@app.task(name=TASK_DISPATCH)
def dispatch_ticks() -> None:
    """Publishes a tick for every due bot: beat's most frequent entry."""
    dispatch.dispatch_ticks(runtime.sessions, runtime.queue, runtime.clock)


@app.task(name=TASK_TICK)
def tick(bot_id: int, due_at: str, mention_id: int | None = None) -> None:
    """Runs a bot's tick; `due_at` is ISO 8601 in UTC and, with the bot, the tick's identity."""
    with bound(bot=bot_id, **({} if mention_id is None else {"mention": mention_id})):
        run_tick(runtime.tick, bot_id, dt.datetime.fromisoformat(due_at), mention_id)


@app.task(name=TASK_SWEEP)
def sweep() -> None:
    """Recovers or ends abandoned and stale work."""
    sweeping.sweep(runtime.sweeping)


@app.task(name=TASK_PRUNE)
def prune() -> None:
    """Deletes rows past their retention."""
    retention.prune(runtime.retention)
