"""Overdue ticks and ambient utterances after an outage, and their new times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.repositories.utterances.sql import read


def overdue_ticks(session: Session, now: dt.datetime) -> Sequence[int]:
    """Returns the active bots whose tick is overdue, the longest waiting first."""
    statement = text("""
        select s.bot_id from tick_schedule s join bots b on b.id = s.bot_id
        where s.due_at <= :now and b.status = 'active' order by s.due_at, s.bot_id
    """)
    return session.scalars(statement, {"now": now}).all()


def move_ticks(session: Session, bot_ids: Sequence[int], at: Sequence[dt.datetime]) -> None:
    """Moves each bot's tick to the instant at the same index of `at`."""
    statement = text("""
        update tick_schedule s set due_at = n.at
        from unnest(cast(:ids as bigint[]), cast(:at as timestamptz[])) as n(bot_id, at) where s.bot_id = n.bot_id
    """)
    session.execute(statement, {"ids": list(bot_ids), "at": list(at)})


def waiting_ambient(session: Session, now: dt.datetime) -> Sequence[int]:
    """Returns the due ambient plans and texts, in the order they would be sent."""
    statement = read("""
        select id from utterances where state {WAITING} and urgency = 'ambient' and available_at <= :now
        order by send_at nulls last, available_at, id
    """)
    return session.scalars(statement, {"now": now}).all()


def move_ambient(session: Session, ids: Sequence[int], at: Sequence[dt.datetime]) -> None:
    """Moves each plan or text to the instant at the same index of `at`; a text's typing is shown again."""
    statement = read("""
        update utterances u set available_at = n.at, send_at = greatest(u.send_at, n.at + (u.send_at - u.typing_at))
        from unnest(cast(:ids as bigint[]), cast(:at as timestamptz[])) as n(id, at)
        where u.id = n.id and u.state {WAITING}
    """)
    session.execute(statement, {"ids": list(ids), "at": list(at)})
