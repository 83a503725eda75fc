"""What all tasks share: the context of their lines, what an outage does to them, and how their errors are told."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task

from app import metrics
from app.logs import bound, context_of
from app.outages import in_one_line, is_outage

log = structlog.get_logger()


class HintTask(Task):  # type: ignore[misc]
    """A task is a hint to look at what Postgres says is due.

    When a server is away the hint is dropped with a warning and counted: the work keeps its due time, beat and the
    sweepers hint at it again. Every other error is told in full, counted and raised; the hint comes again as well.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Runs the task; an outage ends it early. Every line it tells carries its name and its id."""
        with bound(task=self.name, task_id=self.request.id):
            try:
                super().__call__(*args, **kwargs)
            except Exception as error:
                keys = {**context_of(error), "error": in_one_line(error)}
                if not is_outage(error):
                    metrics.TASK_ERRORS.labels(self.name).inc()
                    log.error("task_failed", exc_info=error, **keys)
                    raise
                metrics.TASKS_POSTPONED.labels(self.name).inc()
                log.warning("task_postponed", **keys)
