"""Which bots a poller may poll: a lease a token, because Telegram allows one consumer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class PollTarget:
    """A bot of the fleet, the first update id not yet stored, and whose lease its token is under (`polled_by`)."""

    bot_id: int
    token_encrypted: str
    next_update_id: int
    polled_by: str | None


def take_leases(session: Session, poller: str, now: dt.datetime, until: dt.datetime, renew_before: dt.datetime) -> None:
    """Leases every free token to `poller`, and prolongs what it holds and what ends before `renew_before`."""
    session.execute(
        text("""
            update bots set polled_by = :poller, polled_until = :until
            where status <> 'broken' and case when polled_by = :poller then polled_until < :renew_before
                else polled_by is null or polled_until < :now end
        """),
        {"poller": poller, "now": now, "until": until, "renew_before": renew_before},
    )


def list_targets(session: Session) -> list[PollTarget]:
    """All bots that are not broken: a paused bot still hears."""
    rows = session.execute(
        text(
            "select id as bot_id, token_encrypted, next_update_id, polled_by from bots where status <> 'broken'"
            " order by id"
        )
    )
    return [PollTarget(**row._mapping) for row in rows]


def release_leases(session: Session, poller: str) -> int:
    """Gives back what `poller` holds, so that another need not wait; returns how many."""
    statement = "update bots set polled_by = null, polled_until = null where polled_by = :poller returning id"
    return len(session.execute(text(statement), {"poller": poller}).all())
