"""Requests of people to be forgotten."""

from __future__ import annotations

from app.queues import TASK_FORGET
from app.services.people import forgetting
from tasks.celery import app, runtime


@app.task(name=TASK_FORGET)
def forget() -> None:
    """Deletes people who asked to be forgotten."""
    forgetting.forget(runtime.forgetting)
