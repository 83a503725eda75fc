"""Bots with their personas, stances, holdings and due times."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.analysis.letters import fold_name
from app.domain.fleet.accounts import BotProblem
from app.domain.fleet.persona import EmotionView, LengthProfile, emotion_from, length_from
from app.domain.ports import BotIdentity
from app.models import Bot, Holding, Membership, Persona, Problem, Stance, TickSchedule
from app.repositories.paging import Cursor, Page, read_page

LISTS = ("active", "prime", "topics", "watchlist", "never_do")


@dataclass(frozen=True, slots=True)
class PersonaData:
    """A bot's persona as edited by operators. Active and prime hours are in `timezone`; no active ones mean always."""

    tone: str
    style: str = ""
    language: str = "en"
    timezone: str = "UTC"
    active: tuple[str, ...] = ()
    prime: tuple[str, ...] = ()
    words_per_minute: int = 180
    topics: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()
    never_do: tuple[str, ...] = ()
    emotion: EmotionView = field(default_factory=EmotionView)
    length: LengthProfile = field(default_factory=LengthProfile)


@dataclass(frozen=True, slots=True)
class StanceData:
    """An opinion on a topic: `confidence` from 0 to 1, voiced at most every `cooldown_s` seconds."""

    topic: str
    position: str
    confidence: Decimal = Decimal("0.5")
    cooldown_s: int = 3600


@dataclass(frozen=True, slots=True)
class HoldingData:
    """A position of the fictional portfolio."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None = None


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


def find_persona(session: Session, bot_id: int) -> tuple[PersonaData, int] | None:
    """The persona and its version, or None."""
    persona = session.get(Persona, bot_id)
    if persona is None:
        return None
    data = PersonaData(
        tone=persona.tone,
        style=persona.style,
        language=persona.language,
        timezone=persona.timezone,
        active=tuple(persona.active),
        prime=tuple(persona.prime),
        words_per_minute=persona.words_per_minute,
        topics=tuple(persona.topics),
        watchlist=tuple(persona.watchlist),
        never_do=tuple(persona.never_do),
        emotion=emotion_from(persona.emotion),
        length=length_from(persona.length),
    )
    return data, persona.version


def list_stances(session: Session, bot_id: int) -> Sequence[StanceData]:
    """A bot's opinions by topic."""
    rows = session.execute(
        select(Stance.topic, Stance.position, Stance.confidence, Stance.cooldown_s)
        .where(Stance.bot_id == bot_id)
        .order_by(Stance.topic)
    )
    return [StanceData(*row) for row in rows]


def list_holdings(session: Session, bot_id: int) -> Sequence[HoldingData]:
    """A bot's fictional portfolio by symbol."""
    rows = session.execute(
        select(Holding.symbol, Holding.quantity, Holding.average_price)
        .where(Holding.bot_id == bot_id)
        .order_by(Holding.symbol)
    )
    return [HoldingData(*row) for row in rows]


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


def write_persona(session: Session, bot_id: int, data: PersonaData) -> None:
    """Stores a persona; the version rises when a stored one changes."""
    values = asdict(data) | {key: list(getattr(data, key)) for key in LISTS}
    statement = insert(Persona).values(bot_id=bot_id, **values)
    changed = {key: statement.excluded[key] for key in values}
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Persona.bot_id],
            set_=changed | {"version": Persona.version + 1},
            where=or_(*(getattr(Persona, key).is_distinct_from(value) for key, value in changed.items())),
        )
    )


def replace_stances(session: Session, bot_id: int, stances: Sequence[StanceData]) -> None:
    """Replaces the bot's opinions; a topic that stays keeps the time it was last voiced.

    The persona's version rises when anything changed.
    """
    if list(list_stances(session, bot_id)) == sorted(stances, key=lambda item: item.topic):
        return
    _raise_version(session, bot_id)
    session.execute(
        delete(Stance).where(Stance.bot_id == bot_id, Stance.topic.not_in([item.topic for item in stances]))
    )
    if not stances:
        return
    statement = insert(Stance).values([{"bot_id": bot_id, **asdict(item)} for item in stances])
    fresh = statement.excluded
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Stance.bot_id, Stance.topic],
            set_={"position": fresh.position, "confidence": fresh.confidence, "cooldown_s": fresh.cooldown_s},
        )
    )


def replace_holdings(session: Session, bot_id: int, holdings: Sequence[HoldingData]) -> None:
    """Replaces the bot's fictional portfolio; the persona's version rises when anything changed."""
    if list(list_holdings(session, bot_id)) == sorted(holdings, key=lambda item: item.symbol):
        return
    _raise_version(session, bot_id)
    session.execute(delete(Holding).where(Holding.bot_id == bot_id))
    if holdings:
        session.execute(insert(Holding).values([{"bot_id": bot_id, **asdict(item)} for item in holdings]))


def _raise_version(session: Session, bot_id: int) -> None:
    session.execute(update(Persona).where(Persona.bot_id == bot_id).values(version=Persona.version + 1))


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
