"""A bot, its persona, its stances and its fictional portfolio."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Numeric, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, JsonDict, TextList


class Bot(Base):
    """One Telegram bot account. The token is encrypted; `telegram_user_id` is its public part.

    A `daily_budget_usd` of null is the setting's default. `polled_by` has the lease to fetch the bot's updates until
    `polled_until`: Telegram allows one consumer per token. `session_encrypted` is its MTProto session. `folded_name` is
    for searches (app/models/folding.py).
    """

    __tablename__ = "bots"
    __table_args__ = (
        CheckConstraint("status in ('active', 'paused', 'broken')", name="status"),
        CheckConstraint("daily_budget_usd >= 0", name="daily_budget_usd"),
        Index("ix_bots_status_id", "status", "id"),
    )

    id: Mapped[BigId]
    public_id: Mapped[uuid.UUID] = mapped_column(unique=True, server_default=func.gen_random_uuid())
    telegram_user_id: Mapped[BigInt] = mapped_column(unique=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(Computed("fold_name(display_name)", persisted=True))
    token_encrypted: Mapped[str]
    status: Mapped[str] = mapped_column(default="active", server_default="active")
    status_reason: Mapped[str | None]
    reads_all_messages: Mapped[bool] = mapped_column(default=True, server_default="true")
    next_update_id: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    polled_by: Mapped[str | None]
    polled_until: Mapped[dt.datetime | None]
    session_encrypted: Mapped[str | None]
    checked_at: Mapped[dt.datetime | None]
    daily_budget_usd: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    last_spoke_at: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]


class Problem(Base):
    """What keeps a bot's updates away (see app/domain/fleet/accounts.py), since when, and when that was last seen."""

    __tablename__ = "bot_problems"
    __table_args__ = (CheckConstraint("kind in ('other_poller', 'webhook', 'other_account', 'rest')", name="kind"),)

    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str]
    since: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]


class Persona(Base):
    """A bot's style, topics and hours. One row per bot; `version` rises with every edit.

    `active` and `prime` hold windows such as 09:00-17:30 in `timezone`. `emotion` and `length` hold the fields of
    EmotionView and LengthProfile (app/domain/fleet/persona.py).
    """

    __tablename__ = "personas"
    __table_args__ = (CheckConstraint("words_per_minute between 20 and 600", name="words_per_minute"),)

    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    tone: Mapped[str]
    style: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    timezone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")
    active: Mapped[TextList]
    prime: Mapped[TextList]
    words_per_minute: Mapped[int] = mapped_column(SmallInteger, default=180, server_default="180")
    topics: Mapped[TextList]
    watchlist: Mapped[TextList]
    never_do: Mapped[TextList]
    examples: Mapped[TextList]
    emotion: Mapped[JsonDict]
    length: Mapped[JsonDict]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Stance(Base):
    """A bot's opinion on a topic, with a confidence from 0 to 1."""

    __tablename__ = "stances"
    __table_args__ = (
        CheckConstraint("confidence between 0 and 1", name="confidence"),
        Index("uq_stances_bot_id_topic", "bot_id", "topic", unique=True),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    topic: Mapped[str]
    position: Mapped[str]
    confidence: Mapped[Decimal] = mapped_column(Numeric(3, 2), default=Decimal("0.5"), server_default="0.5")
    cooldown_s: Mapped[int] = mapped_column(default=3600, server_default="3600")
    last_voiced_at: Mapped[dt.datetime | None]


class Holding(Base):
    """A position of a bot's fictional portfolio. It is fiction and always presented so."""

    __tablename__ = "holdings"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("uq_holdings_bot_id_symbol", "bot_id", "symbol", unique=True),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    symbol: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    average_price: Mapped[Decimal | None] = mapped_column(Numeric(20, 8))
