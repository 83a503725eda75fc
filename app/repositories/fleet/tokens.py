"""Bots' tokens: whose turn it is to be checked, what a check found, and their ciphertexts under another key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.ports import BotIdentity

_COLUMNS = "id, cast(public_id as text) as public_id, telegram_user_id, username, status, token_encrypted"


@dataclass(frozen=True, slots=True)
class TokenTarget:
    """A bot whose token may be looked at."""

    id: int
    public_id: str
    telegram_user_id: int
    username: str
    status: str
    token_encrypted: str


@dataclass(frozen=True, slots=True)
class Ciphertexts:
    """What is stored encrypted of one bot."""

    bot_id: int
    username: str
    token: str
    session: str | None


def claim_due(session: Session, now: dt.datetime, before: dt.datetime, limit: int) -> list[TokenTarget]:
    """Takes the bots whose last check is the longest ago, before `before`, and notes `now` as their check's time."""
    rows = session.execute(
        text(f"""
            update bots set checked_at = :now where id in (
                select id from bots where checked_at is null or checked_at < :before
                order by checked_at nulls first, id limit :limit for update skip locked
            ) returning {_COLUMNS}
        """),  # noqa: S608 - the columns are ours
        {"now": now, "before": before, "limit": limit},
    )
    return [_target(row) for row in rows]


def count_bots(session: Session) -> int:
    """How many bots the fleet has."""
    return int(session.execute(text("select count(*) from bots")).scalar_one())


def list_targets(session: Session, bot_id: int | None = None) -> list[TokenTarget]:
    """All bots by id, or the one of this id."""
    statement = f"select {_COLUMNS} from bots where cast(:id as bigint) is null or id = :id order by id"  # noqa: S608 - ours
    return [_target(row) for row in session.execute(text(statement), {"id": bot_id})]


def sample_targets(session: Session, limit: int) -> list[TokenTarget]:
    """Up to `limit` bots, those first whose last check is the longest ago."""
    statement = f"select {_COLUMNS} from bots order by checked_at nulls first, id limit :limit"  # noqa: S608 - as above
    return [_target(row) for row in session.execute(text(statement), {"limit": limit})]


def places(session: Session, bot_ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """The chats of these bots that they are said to be in: bot id, Telegram's id, title; by chat."""
    rows = session.execute(
        text(
            "select m.bot_id, c.telegram_chat_id, c.title from memberships m join chats c on c.id = m.chat_id"
            " where m.bot_id = any(:bots) and m.status in ('active', 'muted') order by m.bot_id, c.id"
        ),
        {"bots": list(bot_ids)},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _target(row: Row[*tuple[object, ...]]) -> TokenTarget:
    return TokenTarget(**row._mapping)


def note_good(session: Session, bot_id: int, identity: BotIdentity, now: dt.datetime) -> bool:
    """Renews what getMe tells; False when another bot of the fleet has the username here, as after a swap.

    Everything then stays until a later check, after the other one has its new name.
    """
    names = {"username": identity.username, "display_name": identity.display_name}
    values = {"id": bot_id, "reads": identity.reads_all_messages, "now": now, **names}
    try:
        with session.begin_nested():
            session.execute(
                text(
                    "update bots set username = :username, display_name = :display_name, reads_all_messages = :reads,"
                    " checked_at = :now where id = :id"
                ),
                values,
            )
    except IntegrityError:
        return False
    return True


def check_from(session: Session, bot_id: int, checked_at: dt.datetime) -> None:
    """Counts a check that came to nothing as one of `checked_at`, so that its next turn comes sooner."""
    session.execute(text("update bots set checked_at = :at where id = :id"), {"id": bot_id, "at": checked_at})


def ciphertexts_after(session: Session, bot_id: int, limit: int) -> Sequence[Ciphertexts]:
    """Up to `limit` bots' ciphertexts, by id, from the one after `bot_id` on."""
    rows = session.execute(
        text(
            "select id as bot_id, username, token_encrypted as token, session_encrypted as session from bots"
            " where id > :after order by id limit :limit"
        ),
        {"after": bot_id, "limit": limit},
    )
    return [Ciphertexts(**row._mapping) for row in rows]


def replace_token(session: Session, bot_id: int, old: str, new: str) -> bool:
    """Puts `new` in the place of `old`; False when something else is stored by now."""
    statement = "update bots set token_encrypted = :new where id = :id and token_encrypted = :old returning id"
    return session.execute(text(statement), {"id": bot_id, "old": old, "new": new}).first() is not None


def replace_session(session: Session, bot_id: int, old: str, new: str) -> bool:
    """Puts `new` in the place of `old`; False when something else is stored by now."""
    statement = "update bots set session_encrypted = :new where id = :id and session_encrypted = :old returning id"
    return session.execute(text(statement), {"id": bot_id, "old": old, "new": new}).first() is not None
