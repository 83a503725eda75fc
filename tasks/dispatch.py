"""The task behind beat's most frequent entry."""

from __future__ import annotations

from app.queues import TASK_DISPATCH
from app.services.schedule import dispatch
from tasks.celery import app, runtime


@app.task(name=TASK_DISPATCH)
def dispatch_ticks() -> None:
    """Publishes a tick for every bot that is due."""
    dispatch.dispatch_ticks(runtime.sessions, runtime.queue, runtime.clock)
