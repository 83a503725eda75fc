"""Delivery of due texts."""

from __future__ import annotations

from app.queues import TASK_DELIVER
from app.services import delivery
from tasks.celery import app, runtime


@app.task(name=TASK_DELIVER)
def deliver() -> None:
    """Takes the next step of the texts that are due."""
    delivery.deliver(runtime.delivery)
