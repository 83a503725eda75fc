"""Personas of bots, with their stances and holdings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.fleet.persona import EmotionView, LengthProfile, emotion_from, length_from
from app.models import Holding, Persona, Stance

LISTS = ("active", "prime", "topics", "watchlist", "never_do", "examples")


@dataclass(frozen=True, slots=True)
class PersonaData:
    """A bot's persona as edited by operators. Active and prime hours are in `timezone`; no active ones mean always.

    `examples` are lines in its voice.
    """

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
    examples: tuple[str, ...] = ()
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
        examples=tuple(persona.examples),
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
