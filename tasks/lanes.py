"""LLM lanes: one request of a lane, and the planning of bulk jobs."""

from __future__ import annotations

from app.logs import bound
from app.queues import TASK_DIGEST, TASK_GENERATE, TASK_INSIGHT
from app.services.lanes import generation
from app.services.schedule import sweeping
from tasks.celery import app, runtime


@app.task(name=TASK_GENERATE)
def generate(lane: str) -> None:
    """Sends one request for what waits in `lane`."""
    runtime.queue.forget_nudge(lane)
    with bound(lane=lane):
        generation.generate(runtime.generation, lane)


@app.task(name=TASK_DIGEST)
def digest() -> None:
    """Plans digests of the chats that are due for one."""
    sweeping.plan_digests(runtime.sweeping)


@app.task(name=TASK_INSIGHT)
def insight() -> None:
    """Plans insights into chats' newest messages."""
    sweeping.plan_insights(runtime.sweeping)
