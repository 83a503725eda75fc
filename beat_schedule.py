"""Beat's schedule: task, cron or interval, queue, expires; nothing else."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab, schedule

from app.queues import (
    DELIVERY,
    DISPATCH,
    INGEST,
    MAINTENANCE,
    TASK_CHECK_TOKENS,
    TASK_DELIVER,
    TASK_DIGEST,
    TASK_DISPATCH,
    TASK_FEEDS,
    TASK_FORGET,
    TASK_INGEST,
    TASK_INSIGHT,
    TASK_PRUNE,
    TASK_SWEEP,
)


def every(seconds: float, task: str, queue: str) -> dict[str, Any]:
    """Returns an entry that runs every `seconds`; its message expires after five times that."""
    expires = max(2.0, seconds * 5)
    return {"task": task, "schedule": schedule(seconds), "options": {"queue": queue, "expires": expires}}


def build_schedule(dispatch_interval_s: float) -> dict[str, dict[str, Any]]:
    """Returns the few entries, each of which polls Postgres for due work."""
    return {
        "dispatch": every(dispatch_interval_s, TASK_DISPATCH, DISPATCH),
        "deliver": every(0.5, TASK_DELIVER, DELIVERY),
        "ingest": every(1.0, TASK_INGEST, INGEST),
        "sweep": every(1.0, TASK_SWEEP, MAINTENANCE),
        "digest": every(5.0, TASK_DIGEST, MAINTENANCE),
        "insight": every(5.0, TASK_INSIGHT, MAINTENANCE),
        "check_tokens": every(60.0, TASK_CHECK_TOKENS, MAINTENANCE),
        "forget": every(5.0, TASK_FORGET, MAINTENANCE),
        "read_feeds": every(30.0, TASK_FEEDS, MAINTENANCE),
        "prune": {
            "task": TASK_PRUNE,
            "schedule": crontab(minute="*", hour="3-5"),
            "options": {"queue": MAINTENANCE, "expires": 50},
        },
    }
