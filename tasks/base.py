"""What all tasks share: an outage of Postgres or Redis puts work off in one line, and costs no traceback."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task

from app import metrics
from app.outages import OUTAGES

log = structlog.get_logger()


class HintTask(Task):  # type: ignore[misc]
    """A task is a hint to look at what Postgres says is due.

    When a server is away the hint is dropped with a warning and counted: the work keeps its due time, beat and the
    sweepers hint at it again. Every other error is one of the program and is told in full.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Runs the task; an outage ends it early."""
        try:
            super().__call__(*args, **kwargs)
        except OUTAGES as error:
            metrics.TASKS_POSTPONED.labels(self.name).inc()
            log.warning("task_postponed", task=self.name, error=_in_one_line(error))


def _in_one_line(error: Exception) -> str:
    """The kind of the error and what the server or driver said, without the statement that was under way."""
    told = str(getattr(error, "orig", None) or error).strip()
    return f"{type(error).__name__}: {told.splitlines()[0] if told else 'no answer'}"
