"""Bots' tokens: claims of checks, their results, and re-encryption under another key."""

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
    """A bot whose token may be checked."""

    id: int
    public_id: str
    telegram_user_id: int
    username: str
    status: str
    token_encrypted: str


@dataclass(frozen=True, slots=True)
class Ciphertexts:
    """The ciphertexts of one bot."""

    bot_id: int
    username: str
    token: str
    session: str | None


def claim_due(session: Session, now: dt.datetime, before: dt.datetime, limit: int) -> list[TokenTarget]:
    """Claims up to `limit` bots last checked before `before`, the oldest first, and sets their check time to `now`.

    A bot that Telegram told to rest is left out until then. The choice stands in a CTE: a plan may run a subquery of
    `where id in (...)` once per row, each time with its own limit.
    """
    rows = session.execute(
        text(f"""
            with due as (
                select id from bots b where (checked_at is null or checked_at < :before)
                    and not exists (select from bot_problems p where p.bot_id = b.id and p.until > :now)
                order by checked_at nulls first, id limit :limit for update skip locked
            )
            update bots set checked_at = :now where id in (select id from due) returning {_COLUMNS}
        """),  # noqa: S608 - the columns are ours
        {"now": now, "before": before, "limit": limit},
    )
    return [_target(row) for row in rows]


def count_bots(session: Session) -> int:
    """Counts the bots of the fleet."""
    return int(session.execute(text("select count(*) from bots")).scalar_one())


def list_targets(session: Session, bot_id: int | None = None) -> list[TokenTarget]:
    """All bots by id, or the one of this id."""
    statement = f"select {_COLUMNS} from bots where cast(:id as bigint) is null or id = :id order by id"  # noqa: S608 - ours
    return [_target(row) for row in session.execute(text(statement), {"id": bot_id})]


def sample_targets(session: Session, limit: int) -> list[TokenTarget]:
    """Returns up to `limit` bots, the longest unchecked first."""
    statement = f"select {_COLUMNS} from bots order by checked_at nulls first, id limit :limit"  # noqa: S608 - as above
    return [_target(row) for row in session.execute(text(statement), {"limit": limit})]


def places(session: Session, bot_ids: Sequence[int]) -> list[tuple[int, int, str]]:
    """Returns the chats these bots are stored as members of: bot id, Telegram's id, title; by chat."""
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
    """Stores the result of getMe; False when another bot of the fleet has the username here, as after a swap.

    Nothing is changed then, until a later check, after the other one has its new name.
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
    """Stores an earlier `checked_at` for a check without a result, so that the next one comes sooner."""
    session.execute(text("update bots set checked_at = :at where id = :id"), {"id": bot_id, "at": checked_at})


def ciphertexts_after(session: Session, bot_id: int, limit: int) -> Sequence[Ciphertexts]:
    """Returns up to `limit` bots' ciphertexts by id, after `bot_id`."""
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
