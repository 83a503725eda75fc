"""What runs in the background on a schedule."""

from __future__ import annotations

from app.queues import TASK_PRUNE, TASK_SWEEP
from app.services import sweeping
from tasks.celery import app, runtime


@app.task(name=TASK_SWEEP)
def sweep() -> None:
    """Sets what was left hanging going again."""
    sweeping.sweep(runtime.sweeping)


@app.task(name=TASK_PRUNE)
def prune() -> None:
    """Deletes what is past its retention."""
    sweeping.prune(runtime.sweeping)
