"""Chats and memberships."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.analysis.letters import fold_name
from app.models import Bot, Chat, Membership, Message
from app.repositories.fleet.bots import name_holds
from app.repositories.paging import Cursor, Page, read_page

TELEGRAM_ID = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class ChatData:
    """A chat's fields edited by operators. A budget of None is the setting's default, one of 0 no limit.

    `quiet` holds windows such as 23:00-07:00 in `timezone`.
    """

    title: str
    language: str = "en"
    topics: tuple[str, ...] = ()
    shares_requests: bool = True
    daily_budget_usd: Decimal | None = None
    timezone: str = "UTC"
    quiet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRecord:
    """A chat; `members` counts our bots in it, times are UTC. `digest` is a model's summary of its last messages."""

    id: int
    telegram_chat_id: int
    title: str
    status: str
    status_reason: str | None
    language: str
    topics: tuple[str, ...]
    shares_requests: bool
    daily_budget_usd: Decimal | None
    digest: Mapping[str, Any] | None
    digested_at: dt.datetime | None
    created_at: dt.datetime
    timezone: str
    quiet: tuple[str, ...]
    members: int
    last_message_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A membership with the names of bot and chat; for its rate see app/domain/delivery/rate.py."""

    bot_id: int
    username: str
    display_name: str
    bot_status: str
    reads_all_messages: bool
    chat_id: int
    chat_title: str
    chat_status: str
    status: str
    status_reason: str | None
    last_spoke_at: dt.datetime | None
    rate_factor: float
    rate_limited_until: dt.datetime | None


def _records() -> Select[*tuple[Any, ...]]:
    members = select(func.count()).where(Membership.chat_id == Chat.id).correlate(Chat).scalar_subquery()
    last = (
        select(Message.sent_at)
        .where(Message.chat_id == Chat.id)
        .order_by(Message.sent_at.desc())
        .limit(1)
        .correlate(Chat)
        .scalar_subquery()
    )
    return select(
        Chat.id,
        Chat.telegram_chat_id,
        Chat.title,
        Chat.status,
        Chat.status_reason,
        Chat.language,
        Chat.topics,
        Chat.shares_requests,
        Chat.daily_budget_usd,
        Chat.digest,
        Chat.digested_at,
        Chat.created_at,
        Chat.timezone,
        Chat.quiet,
        members,
        last,
    )


def _record(row: Row[*tuple[Any, ...]]) -> ChatRecord:
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
    return ChatRecord(*values)


def list_chats(session: Session, search: str, status: str | None, cursor: Cursor) -> Page[ChatRecord]:
    """Chats by id whose title, folded, holds `search`, or whose Telegram id it is; of one status or of all."""
    statement = _records()
    if search:
        matches = [Chat.folded_title.contains(fold_name(search), autoescape=True)]
        if TELEGRAM_ID.fullmatch(search):
            matches.append(Chat.telegram_chat_id == int(search))
        statement = statement.where(or_(*matches))
    if status:
        statement = statement.where(Chat.status == status)
    return read_page(session, statement, Chat.id, cursor, _record)


def find_chat(session: Session, chat_id: int) -> ChatRecord | None:
    """One chat, or None."""
    row = session.execute(_records().where(Chat.id == chat_id)).one_or_none()
    return _record(row) if row else None


def insert_chat(session: Session, telegram_chat_id: int, data: ChatData, status: str) -> int | None:
    """Stores a new chat and returns its id, or None when it is known already."""
    return session.scalar(
        insert(Chat)
        .values(telegram_chat_id=telegram_chat_id, status=status, **_columns(data))
        .on_conflict_do_nothing(index_elements=[Chat.telegram_chat_id])
        .returning(Chat.id)
    )


def find_id_by_telegram_chat(session: Session, telegram_chat_id: int) -> int | None:
    """The id of the chat with this Telegram id, or None."""
    return session.scalar(select(Chat.id).where(Chat.telegram_chat_id == telegram_chat_id))


def update_chat(session: Session, chat_id: int, data: ChatData) -> bool:
    """Updates a chat; False when there is no such chat."""
    return bool(session.scalar(update(Chat).where(Chat.id == chat_id).values(**_columns(data)).returning(Chat.id)))


def _columns(data: ChatData) -> dict[str, Any]:
    return asdict(data) | {"topics": list(data.topics), "quiet": list(data.quiet)}


def set_status(session: Session, chat_id: int, status: str, reason: str | None) -> bool:
    """Sets a chat's status; False when there is no such chat."""
    return bool(
        session.scalar(
            update(Chat).where(Chat.id == chat_id).values(status=status, status_reason=reason).returning(Chat.id)
        )
    )


def list_memberships(
    session: Session, *, chat_id: int | None = None, bot_id: int | None = None, limit: int = 500
) -> Sequence[MemberRecord]:
    """The bots of a chat, or the chats of a bot, by name; at most `limit`."""
    statement = (
        select(
            Bot.id,
            Bot.username,
            Bot.display_name,
            Bot.status,
            Bot.reads_all_messages,
            Chat.id,
            Chat.title,
            Chat.status,
            Membership.status,
            Membership.status_reason,
            Membership.last_spoke_at,
            Membership.rate_factor,
            Membership.rate_limited_until,
        )
        .select_from(Membership)
        .join(Bot, Bot.id == Membership.bot_id)
        .join(Chat, Chat.id == Membership.chat_id)
        .order_by(Bot.display_name, Chat.title)
        .limit(limit)
    )
    if chat_id is not None:
        statement = statement.where(Membership.chat_id == chat_id)
    if bot_id is not None:
        statement = statement.where(Membership.bot_id == bot_id)
    return [MemberRecord(*list(row)) for row in session.execute(statement)]


def titles_of_bot(session: Session, bot_id: int) -> Sequence[tuple[int, str]]:
    """Id and title of every chat that a bot has a membership of, by title."""
    statement = (
        select(Chat.id, Chat.title)
        .join(Membership, Membership.chat_id == Chat.id)
        .where(Membership.bot_id == bot_id)
        .order_by(Chat.title, Chat.id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def add_memberships(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    """Makes each (bot id, chat id) an active membership."""
    if not pairs:
        return
    statement = insert(Membership).values([{"bot_id": bot, "chat_id": chat} for bot, chat in pairs])
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Membership.bot_id, Membership.chat_id],
            set_={"status": "active", "status_reason": None},
        )
    )


def set_admin(session: Session, bot_id: int, chat_id: int, is_admin: bool) -> None:
    """Stores whether a bot is an administrator of a chat."""
    session.execute(
        update(Membership).where(Membership.bot_id == bot_id, Membership.chat_id == chat_id).values(is_admin=is_admin)
    )


def remove_memberships(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    """Ends each (bot id, chat id) membership."""
    session.execute(delete(Membership).where(tuple_(Membership.bot_id, Membership.chat_id).in_(pairs)))


def bots_outside(session: Session, chat_id: int, search: str, limit: int = 50) -> Sequence[tuple[int, str, str]]:
    """Id, username and display name of bots that are not in the chat, by name."""
    inside = select(Membership.bot_id).where(Membership.chat_id == chat_id)
    statement = (
        select(Bot.id, Bot.username, Bot.display_name)
        .where(Bot.id.not_in(inside))
        .order_by(Bot.display_name, Bot.id)
        .limit(limit)
    )
    if search:
        statement = statement.where(name_holds(search))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]
