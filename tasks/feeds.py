"""Reading of news feeds."""

from __future__ import annotations

from app.queues import TASK_FEEDS
from app.services.feeds import reading
from tasks.celery import app, runtime


@app.task(name=TASK_FEEDS)
def read_feeds() -> None:
    """Reads the news feeds that are due."""
    reading.read_due_feeds(runtime.feeds)
