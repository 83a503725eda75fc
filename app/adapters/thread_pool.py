"""Celery's threads pool as a worker that is told to end needs it (docs/decisions/0002-threads-pool.md)."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from celery.concurrency.thread import ApplyResult, TaskPool


class ThreadPool(TaskPool):  # type: ignore[misc]
    """A pool whose threads cannot be terminated: a task runs on, bounded by deadlines, until the process ends."""

    _stopping = False

    def is_stopping(self) -> bool:
        """Returns whether nothing starts any more."""
        return self._stopping

    def terminate_job(self, pid: int, signal: Any = None) -> None:
        """Does nothing: a cold shutdown calls it for each running task, and the base class would raise and abort it."""

    def on_stop(self) -> None:
        """Waits for what runs; nothing starts any more."""
        self._stopping = True
        super().on_stop()

    def on_apply(self, *args: Any, **kwargs: Any) -> ApplyResult:
        """Starts a task; one that arrives once the pool stops is never started, so its message goes back to the queue.

        The base class would raise, and Celery would take that for a broken worker.
        """
        if self.is_stopping():
            return ApplyResult(never_run())
        try:
            return super().on_apply(*args, **kwargs)
        except RuntimeError:
            if not self.is_stopping():
                raise
            return ApplyResult(never_run())


def never_run() -> Future[None]:
    """The future of a task that is not started: cancelled, so whoever waits for it is not kept waiting."""
    future: Future[None] = Future()
    future.cancel()
    future.set_running_or_notify_cancel()
    return future
