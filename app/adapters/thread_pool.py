"""Celery's threads pool, which stays calm when it is told to end a task (docs/decisions/0002-threads-pool.md)."""

from __future__ import annotations

from typing import Any

from celery.concurrency.thread import TaskPool


class ThreadPool(TaskPool):  # type: ignore[misc]
    """A thread cannot be ended from outside: its task runs on, bounded by deadlines, until the process ends."""

    def terminate_job(self, pid: int, signal: Any = None) -> None:
        """Does nothing. A cold shutdown calls it for each task that runs; the base class would raise and abort it."""
