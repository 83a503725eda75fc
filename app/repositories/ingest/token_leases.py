"""Leases of bot tokens by the processes that fetch updates: one per token, because Telegram allows one consumer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LeasableBot:
    """A bot in service, its encrypted token and MTProto session, and the holder of its lease (`held_by`).

    `next_update_id` is the first update id that polling has not stored yet. `has_problem` says that one is stored
    (see bot_problems), `rests_until` that Telegram asked for a rest.
    """

    bot_id: int
    telegram_user_id: int
    token_encrypted: str = field(repr=False)
    session_encrypted: str | None = field(repr=False)
    next_update_id: int
    held_by: str | None
    has_problem: bool = False
    rests_until: dt.datetime | None = None


def take_leases(session: Session, holder: str, now: dt.datetime, until: dt.datetime, renew_before: dt.datetime) -> None:
    """Leases every free token to `holder`, and renews its leases that end before `renew_before`."""
    session.execute(
        text("""
            update bots set polled_by = :holder, polled_until = :until
            where status <> 'broken' and case when polled_by = :holder then polled_until < :renew_before
                else polled_by is null or polled_until < :now end
        """),
        {"holder": holder, "now": now, "until": until, "renew_before": renew_before},
    )


def list_bots(session: Session) -> list[LeasableBot]:
    """Lists the bots that are not broken, by id; paused bots still receive updates."""
    rows = session.execute(
        text(
            "select id as bot_id, telegram_user_id, token_encrypted, session_encrypted, next_update_id,"
            " polled_by as held_by, p.bot_id is not null as has_problem, p.until as rests_until"
            " from bots left join bot_problems p on p.bot_id = bots.id where status <> 'broken' order by id"
        )
    )
    return [LeasableBot(**row._mapping) for row in rows]


def release_leases(session: Session, holder: str) -> int:
    """Ends the leases of `holder`, so that another process need not wait; returns how many."""
    statement = "update bots set polled_by = null, polled_until = null where polled_by = :holder returning id"
    return len(session.execute(text(statement), {"holder": holder}).all())


def keep_session(session: Session, bot_id: int, session_encrypted: str | None) -> None:
    """Replaces a bot's MTProto session; None deletes it."""
    session.execute(
        text("update bots set session_encrypted = :session where id = :bot_id"),
        {"session": session_encrypted, "bot_id": bot_id},
    )
