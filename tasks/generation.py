"""One look at an LLM lane."""

from __future__ import annotations

from app.logs import bound
from app.queues import TASK_GENERATE
from app.services.lanes import generation
from tasks.celery import app, runtime


@app.task(name=TASK_GENERATE)
def generate(lane: str) -> None:
    """Sends one request for what waits in `lane`."""
    runtime.queue.forget_nudge(lane)
    with bound(lane=lane):
        generation.generate(runtime.generation, lane)
