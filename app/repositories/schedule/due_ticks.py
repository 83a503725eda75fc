"""Claims of due ticks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ports import TickRef

CLAIM = text("""
    with due as (
        select s.bot_id, s.due_at
        from tick_schedule s join bots b on b.id = s.bot_id
        where s.due_at <= :now and b.status = 'active'
        order by s.due_at
        limit :limit
        for update of s skip locked
    )
    update tick_schedule s
    set due_at = :now + make_interval(secs => s.interval_s * (0.75 + random() * 0.5))
    from due where s.bot_id = due.bot_id
    returning s.bot_id, due.due_at, s.shard
""")


def claim_due(session: Session, now: dt.datetime, limit: int) -> list[TickRef]:
    """Claims up to `limit` active bots that are due, and moves each to its next due time in the same statement.

    The next due time is the bot's own interval away, jittered by a quarter. Two callers never get the same tick.
    """
    rows = session.execute(CLAIM, {"now": now, "limit": limit})
    return [TickRef(row.bot_id, row.due_at, row.shard) for row in rows]
