"""Bots and their due times."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.analysis.letters import fold_name
from app.domain.fleet.accounts import BotProblem
from app.domain.ports import BotIdentity
from app.models import Bot, Membership, Problem, TickSchedule
from app.repositories.paging import Cursor, Page, read_page


@dataclass(frozen=True, slots=True)
class BotRecord:
    """A bot without its token; `chats` counts its memberships, `due_at` (UTC) is its next turn.

    `daily_budget_usd` is None where the setting's default counts; 0 is no limit. `problem` keeps its updates away.
    """

    id: int
    public_id: uuid.UUID
    telegram_user_id: int
    username: str
    display_name: str
    status: str
    status_reason: str | None
    reads_all_messages: bool
    last_spoke_at: dt.datetime | None
    created_at: dt.datetime
    daily_budget_usd: Decimal | None
    due_at: dt.datetime | None
    chats: int
    problem: BotProblem | None = None


def _records() -> Select[*tuple[Any, ...]]:
    chats = select(func.count()).where(Membership.bot_id == Bot.id).correlate(Bot).scalar_subquery()
    return (
        select(
            Bot.id,
            Bot.public_id,
            Bot.telegram_user_id,
            Bot.username,
            Bot.display_name,
            Bot.status,
            Bot.status_reason,
            Bot.reads_all_messages,
            Bot.last_spoke_at,
            Bot.created_at,
            Bot.daily_budget_usd,
            TickSchedule.due_at,
            chats,
            Problem.kind,
            Problem.since,
            Problem.seen_at,
            Problem.until,
        )
        .outerjoin(TickSchedule, TickSchedule.bot_id == Bot.id)
        .outerjoin(Problem, Problem.bot_id == Bot.id)
    )


def _record(row: Row[*tuple[Any, ...]]) -> BotRecord:
    kind, since, seen_at, until = row[-4:]
    record = BotRecord(*row[:-4])
    return replace(record, problem=BotProblem(kind, since, seen_at, until)) if kind else record


def list_bots(session: Session, search: str, status: str | None, cursor: Cursor) -> Page[BotRecord]:
    """Bots by id whose name, folded, holds `search`, of one status or of all."""
    statement = _records()
    if search:
        statement = statement.where(name_holds(search))
    if status:
        statement = statement.where(Bot.status == status)
    return read_page(session, statement, Bot.id, cursor, _record)


def name_holds(search: str) -> ColumnElement[bool]:
    """The condition that a bot's username or display name, folded, holds `search`."""
    wanted = fold_name(search)
    return or_(Bot.username.icontains(wanted, autoescape=True), Bot.folded_name.contains(wanted, autoescape=True))


def find_bot(session: Session, bot_id: int) -> BotRecord | None:
    """One bot, or None."""
    row = session.execute(_records().where(Bot.id == bot_id)).one_or_none()
    return _record(row) if row else None


def find_id_by_telegram_user(session: Session, telegram_user_id: int) -> int | None:
    """The id of the bot with this Telegram account, or None."""
    return session.scalar(select(Bot.id).where(Bot.telegram_user_id == telegram_user_id))


def upsert_bot(session: Session, identity: BotIdentity, token_encrypted: str) -> int:
    """Stores a bot, or updates name, token and reading rights of the one with this Telegram account; returns its id."""
    statement = insert(Bot).values(
        telegram_user_id=identity.telegram_user_id,
        username=identity.username,
        display_name=identity.display_name,
        token_encrypted=token_encrypted,
        reads_all_messages=identity.reads_all_messages,
    )
    fresh = statement.excluded
    return session.execute(
        statement.on_conflict_do_update(
            index_elements=[Bot.telegram_user_id],
            set_={
                "username": fresh.username,
                "display_name": fresh.display_name,
                "token_encrypted": fresh.token_encrypted,
                "reads_all_messages": fresh.reads_all_messages,
            },
        ).returning(Bot.id)
    ).scalar_one()


def insert_bot(session: Session, identity: BotIdentity, token_encrypted: str) -> int | None:
    """Stores a new bot and returns its id, or None when its account or its username is known already."""
    return session.scalar(
        insert(Bot)
        .values(
            telegram_user_id=identity.telegram_user_id,
            username=identity.username,
            display_name=identity.display_name,
            token_encrypted=token_encrypted,
            reads_all_messages=identity.reads_all_messages,
        )
        .on_conflict_do_nothing()
        .returning(Bot.id)
    )


def schedule_bot(session: Session, bot_id: int, shard: int, due_at: dt.datetime, interval_s: float) -> None:
    """Schedules a bot's first tick; one that exists keeps its time, with the new shard and interval (seconds)."""
    statement = insert(TickSchedule).values(bot_id=bot_id, shard=shard, due_at=due_at, interval_s=interval_s)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[TickSchedule.bot_id],
            set_={"shard": statement.excluded.shard, "interval_s": statement.excluded.interval_s},
        )
    )


def set_status(session: Session, bot_id: int, status: str, reason: str | None) -> bool:
    """Sets a bot's status; False when there is no such bot."""
    return bool(
        session.scalar(
            update(Bot).where(Bot.id == bot_id).values(status=status, status_reason=reason).returning(Bot.id)
        )
    )


def set_budget(session: Session, bot_id: int, budget_usd: Decimal | None) -> bool:
    """Sets a bot's daily budget, None for the setting's default; False when there is no such bot."""
    return bool(
        session.scalar(update(Bot).where(Bot.id == bot_id).values(daily_budget_usd=budget_usd).returning(Bot.id))
    )


def token_of(session: Session, bot_id: int) -> str | None:
    """The encrypted token, or None when there is no such bot."""
    return session.scalar(select(Bot.token_encrypted).where(Bot.id == bot_id))
