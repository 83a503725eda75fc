"""What people asked of the fleet."""

from __future__ import annotations

from app.queues import TASK_FORGET
from app.services.people import forgetting
from tasks.celery import app, runtime


@app.task(name=TASK_FORGET)
def forget() -> None:
    """Forgets people who asked for it."""
    forgetting.forget(runtime.forgetting)
