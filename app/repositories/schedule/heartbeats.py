"""Heartbeats: when a process last ran."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

PIPELINE = "pipeline"
"""Heartbeat of the dispatcher; delivery reads it, too."""


def read_heartbeat(session: Session, name: str) -> dt.datetime | None:
    """Returns the last recorded beat; None before the first."""
    statement = "select beat_at from heartbeats where name = :name"
    beat_at: dt.datetime | None = session.scalar(text(statement), {"name": name})
    return beat_at


def record_heartbeat(session: Session, name: str, seen: dt.datetime | None, now: dt.datetime) -> bool:
    """Records a beat unless one was recorded since `seen`: one caller gets True, others wait until it commits."""
    statement = text("""
        insert into heartbeats (name, beat_at) values (:name, :now)
        on conflict (name) do update set beat_at = excluded.beat_at
        where heartbeats.beat_at is not distinct from :seen
        returning 1
    """)
    return session.scalar(statement, {"name": name, "seen": seen, "now": now}) is not None
