"""Errors of items: logged, retried alone after a growing delay, parked in the end."""

from __future__ import annotations

import datetime as dt
from traceback import walk_tb

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.ports import Clock
from app.outages import is_outage
from app.repositories.work import failures
from app.services.work.kinds import Kind

MAX_ATTEMPTS = 3
FIRST_DELAY_S = 5.0
GROWTH = 4.0
"""5 s, then 20 s: long enough for transient errors, and short enough for a person who waits."""

FRESH = dt.timedelta(hours=1)
"""An item that last failed before this, and was not parked, has succeeded meanwhile."""

OURS = "app."

log = structlog.get_logger()


def set_aside_alone(sessions: SessionFactory, clock: Clock, kind: Kind, item_id: int, error: Exception) -> None:
    """Sets an item aside in a transaction of its own. Raises outages only."""
    with sessions.begin() as session:
        set_aside(session, kind, item_id, error, clock.now())


def set_aside(session: Session, kind: Kind, item_id: int, error: Exception, now: dt.datetime) -> None:
    """Postpones an item that raised `error`, or parks it at its last attempt, in a savepoint. Raises outages only.

    If that fails, the item keeps its lease and is due when it ends.
    """
    metrics.WORK_FAILURES.labels(kind.name).inc()
    log.error("work_failed", kind=kind.name, **{kind.owner: item_id}, exc_info=error)
    try:
        with session.begin_nested():
            _put_off_or_park(session, kind, item_id, error, now)
    except Exception as second:
        if is_outage(second):
            raise
        log.exception("work_not_set_aside", kind=kind.name, **{kind.owner: item_id})


def delay_s(attempts: int) -> float:
    """Seconds until an item that failed `attempts` times is tried again."""
    return FIRST_DELAY_S * GROWTH ** (attempts - 1)


def describe(error: Exception) -> tuple[str, str]:
    """Returns the type of an error (of the driver's error where it wraps one), and our last function it passed.

    Its text is left out: it may contain people's words.
    """
    kind = type(getattr(error, "orig", None) or error).__name__
    frames = [(frame.f_globals.get("__name__", "?"), frame.f_code.co_name) for frame, _ in walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if frame[0].startswith(OURS)] or frames or [("?", "?")]
    return kind, ".".join(ours[-1])


def _put_off_or_park(session: Session, kind: Kind, item_id: int, error: Exception, now: dt.datetime) -> None:
    attempts = failures.count_failure(session, kind.name, kind.owner, item_id, describe(error), now, now - FRESH)
    if attempts is None:
        return
    if attempts >= MAX_ATTEMPTS:
        found = kind.park(session, item_id, now)
        failures.mark_parked(session, kind.name, item_id, now)
        log.error("work_parked", kind=kind.name, attempts=attempts, **{kind.owner: item_id})
    else:
        wait_s = delay_s(attempts)
        found = kind.postpone(session, item_id, now + dt.timedelta(seconds=wait_s), now)
        log.warning("work_postponed", kind=kind.name, attempts=attempts, wait_s=wait_s, **{kind.owner: item_id})
    if not found:
        failures.forget(session, kind.name, [item_id])
