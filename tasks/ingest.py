"""Processing of the inbox."""

from __future__ import annotations

from app.queues import TASK_INGEST
from app.services.ingest.inbox import ingest as ingest_updates
from tasks.celery import app, runtime


@app.task(name=TASK_INGEST)
def ingest() -> None:
    """Processes waiting updates."""
    runtime.queue.forget_ingest_nudge()
    ingest_updates(runtime.ingest)
