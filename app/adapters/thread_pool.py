"""Celery's threads pool with a `terminate_job` that does nothing (docs/decisions/0002-threads-pool.md)."""

from __future__ import annotations

from typing import Any

from celery.concurrency.thread import TaskPool


class ThreadPool(TaskPool):  # type: ignore[misc]
    """A pool whose threads cannot be terminated: a task runs on, bounded by deadlines, until the process ends."""

    def terminate_job(self, pid: int, signal: Any = None) -> None:
        """Does nothing: a cold shutdown calls it for each running task, and the base class would raise and abort it."""
