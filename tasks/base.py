"""The base of all tasks: log context, handling of outages, error logs."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task

from app import metrics
from app.logs import bound
from app.outages import is_outage, log_error

log = structlog.get_logger()


class HintTask(Task):  # type: ignore[misc]
    """A task that polls Postgres for due work; its message is only a hint.

    During an outage the hint is dropped with a warning and counted: the work keeps its due time, beat and the sweepers
    send another. Every other error is logged with its traceback, counted and raised; the hint comes again too.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Runs the task; an outage ends it early. Every log line carries the task's name and id."""
        with bound(task=self.name, task_id=self.request.id):
            try:
                super().__call__(*args, **kwargs)
            except Exception as error:
                if not is_outage(error):
                    metrics.TASK_ERRORS.labels(self.name).inc()
                    log_error(log, "task_failed", error)
                    raise
                metrics.TASKS_POSTPONED.labels(self.name).inc()
                log_error(log, "task_postponed", error)
