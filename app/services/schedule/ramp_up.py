"""Ramp-up at the first heartbeat after an outage: the backlog is spread over a minute.

Sweeping drops stale utterances and expires mentions by their own times, and answers to people leave at once. The
remaining ticks and ambient texts are spread here, in Postgres, before anybody claims them.
"""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.schedule.ramp_up import RAMP_S, spread, was_away
from app.repositories.schedule import heartbeats, ramp_up
from app.repositories.schedule.heartbeats import PIPELINE

RECORD_EVERY_S = 5.0

log = structlog.get_logger()


def record_heartbeat(sessions: SessionFactory, now: dt.datetime) -> None:
    """Records a heartbeat, and spreads the backlog if the last one is more than a minute old.

    Call it before any claim. Of several callers one does the work; the others wait until it is done.
    """
    with sessions() as session:
        seen = heartbeats.read_heartbeat(session, PIPELINE)
    if seen is not None and (now - seen).total_seconds() < RECORD_EVERY_S:
        return
    with sessions.begin() as session:
        if heartbeats.record_heartbeat(session, PIPELINE, seen, now) and was_away(seen, now):
            _spread_backlog(session, seen, now)


def _spread_backlog(session: Session, seen: dt.datetime | None, now: dt.datetime) -> None:
    bots = ramp_up.overdue_ticks(session, now)
    ramp_up.move_ticks(session, bots, spread(len(bots), now))
    texts = ramp_up.waiting_ambient(session, now)
    ramp_up.move_ambient(session, texts, spread(len(texts), now))
    metrics.SWEPT.labels("tick_spread").inc(len(bots))
    metrics.SWEPT.labels("ambient_spread").inc(len(texts))
    log.warning(
        "backlog_spread", since=seen.isoformat() if seen else None, turns=len(bots), texts=len(texts), over_s=RAMP_S
    )
