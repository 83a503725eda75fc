"""The first look after an outage: what is stale goes, people are answered, the rest comes back over a minute.

Sweeping drops what is stale and expires mentions by their own times, and answers to people leave at once. Left are the
turns and the unasked texts that piled up: here they are spread, in Postgres, before anybody claims them.
"""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.schedule.ramp_up import RAMP_S, spread, was_away
from app.repositories import looks

NOTE_EVERY_S = 5.0

log = structlog.get_logger()


def record_heartbeat(sessions: SessionFactory, now: dt.datetime) -> None:
    """Notes that the pipeline is alive; after a minute's silence spreads what piled up. Call it before any claim."""
    with sessions() as session:
        seen = looks.last_look(session)
    if seen is not None and (now - seen).total_seconds() < NOTE_EVERY_S:
        return
    with sessions.begin() as session:
        if looks.note_look(session, seen, now) and was_away(seen, now):
            _spread_backlog(session, seen, now)


def _spread_backlog(session: Session, seen: dt.datetime | None, now: dt.datetime) -> None:
    bots = looks.overdue_ticks(session, now)
    looks.move_ticks(session, bots, spread(len(bots), now))
    texts = looks.waiting_ambient(session, now)
    looks.move_ambient(session, texts, spread(len(texts), now))
    metrics.SWEPT.labels("tick_spread").inc(len(bots))
    metrics.SWEPT.labels("ambient_spread").inc(len(texts))
    log.warning("backlog_spread", last_beat=str(seen), turns=len(bots), texts=len(texts), over_s=RAMP_S)
