"""What keeps updates from bots: one problem a bot, with when it began and when it was last seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.fleet.accounts import BotProblem, ProblemKind

SEE = text("""
    insert into bot_problems as p (bot_id, kind, since, seen_at, until)
    select id, :kind, :now, :now, :until from bots where id = :bot_id
    on conflict (bot_id) do update set kind = excluded.kind, seen_at = excluded.seen_at, until = excluded.until,
        since = case when p.kind = excluded.kind then p.since else excluded.since end
""")


def see(session: Session, bot_id: int, kind: ProblemKind, now: dt.datetime, until: dt.datetime | None = None) -> None:
    """Stores that a bot has a problem now; one of the same kind goes on since it began."""
    session.execute(SEE, {"bot_id": bot_id, "kind": kind, "now": now, "until": until})


def clear(session: Session, bot_id: int, kinds: Sequence[ProblemKind], unseen_since: dt.datetime | None = None) -> bool:
    """Deletes a bot's problem of one of these kinds, unless seen after `unseen_since`; returns whether it did."""
    statement = text("""
        delete from bot_problems where bot_id = :bot_id and kind = any(:kinds)
            and (cast(:unseen as timestamptz) is null or seen_at <= :unseen) returning bot_id
    """)
    params = {"bot_id": bot_id, "kinds": list(kinds), "unseen": unseen_since}
    return session.scalar(statement, params) is not None


def clear_all(session: Session, kinds: Sequence[ProblemKind]) -> None:
    """Deletes every bot's problem of these kinds."""
    session.execute(text("delete from bot_problems where kind = any(:kinds)"), {"kinds": list(kinds)})


def list_problems(session: Session) -> dict[int, BotProblem]:
    """Returns all problems by bot."""
    rows = session.execute(text("select bot_id, kind, since, seen_at, until from bot_problems order by bot_id"))
    return {row.bot_id: BotProblem(row.kind, row.since, row.seen_at, row.until) for row in rows}
