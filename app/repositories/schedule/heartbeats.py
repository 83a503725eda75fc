"""When something that must go on was last seen to go on."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

PIPELINE = "pipeline"
"""The dispatcher's: as long as it beats, turns are given out. Delivery reads it, too."""


def read_heartbeat(session: Session, name: str) -> dt.datetime | None:
    """The last beat that was recorded; None before the first."""
    statement = "select beat_at from heartbeats where name = :name"
    beat_at: dt.datetime | None = session.scalar(text(statement), {"name": name})
    return beat_at


def record_heartbeat(session: Session, name: str, seen: dt.datetime | None, now: dt.datetime) -> bool:
    """Records a beat if nobody did since `seen`: one of several callers gets True, the others wait until it ends."""
    statement = text("""
        insert into heartbeats (name, beat_at) values (:name, :now)
        on conflict (name) do update set beat_at = excluded.beat_at
        where heartbeats.beat_at is not distinct from :seen
        returning 1
    """)
    return session.scalar(statement, {"name": name, "seen": seen, "now": now}) is not None
