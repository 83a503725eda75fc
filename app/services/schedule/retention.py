"""Deletion of rows past their retention, in small batches."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import metrics
from app.domain.ports import Clock
from app.outages import is_outage
from app.repositories.schedule import retention
from app.repositories.schedule.retention import RULES, Pruned, Rule
from app.services.settings.values import SettingsReader
from app.services.work.batches import BatchPorts, run_batches

RUN_S = 50.0
"""Beat starts a run every minute of the nightly hours; none occupies a worker's thread for longer."""

REST = 3.0
"""Three quarters of a run are pauses: nothing is in a hurry, and people talk meanwhile."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RetentionPorts:
    """Ports that retention uses."""

    batches: BatchPorts
    settings: SettingsReader
    clock: Clock


@dataclass(slots=True)
class _Run:
    """Rows that a run deleted by table, whether all rules are done, and the first error."""

    rows: Counter[str]
    ended: bool = True
    failed: DBAPIError | None = None


def prune(ports: RetentionPorts) -> None:
    """Deletes rows past their retention, rule after rule, until nothing is left or the time is up.

    Every batch is a transaction: a killed run loses one batch, and the next run continues. One run at a time does the
    work. A rule that fails is logged with its traceback and does not stop the others; its error is raised at the end.
    Raises outages at once.
    """
    now, settings = ports.clock.now(), ports.settings.read()
    deadline = ports.batches.timer() + RUN_S
    run = _Run(Counter())
    for rule in RULES:
        try:
            done = run_batches(ports.batches, deadline, partial(_prune_batch, rule, now, rule.days(settings)), Pruned())
        except DBAPIError as error:
            if is_outage(error):
                raise
            log.exception("prune_failed", table=rule.table)
            run.failed = run.failed or error
            continue
        run.rows[rule.table] += done.rows
        run.ended = run.ended and done.finished and not done.busy
        if done.busy:
            break
    log.info("pruned", rows=run.rows.total(), tables=dict(+run.rows), done=run.ended and not run.failed)
    if run.failed:
        raise run.failed


def _prune_batch(rule: Rule, now: dt.datetime, days: int, session: Session, rows: int, so_far: Pruned) -> Pruned:
    after = retention.prune_batch(session, rule, now, days, rows, so_far)
    metrics.PRUNED.labels(rule.table).inc(after.rows - so_far.rows)
    return after
