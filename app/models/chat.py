"""Chats, memberships, people and mutes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, Instant, TextList


class Chat(Base):
    """A Telegram supergroup. Bots speak in it only while an operator keeps it `enabled`.

    `shares_requests` lets its prompts share LLM requests with other chats'. `digest` is a bulk job's summary of its
    last messages; insight jobs were planned up to `insight_message_id`. Of all bots that receive its messages, the
    ingest leader's copies are stored. `quiet` holds windows such as 23:00-07:00 in `timezone`: no bot speaks then.
    `folded_title` is for searches (app/models/folding.py).
    """

    __tablename__ = "chats"
    __table_args__ = (
        CheckConstraint("status in ('enabled', 'paused', 'new')", name="status"),
        CheckConstraint("telegram_chat_id < -1000000000000", name="supergroup_id"),
        CheckConstraint("daily_budget_usd >= 0", name="daily_budget_usd"),
        Index("ix_chats_status_id", "status", "id"),
    )

    id: Mapped[BigId]
    telegram_chat_id: Mapped[BigInt] = mapped_column(unique=True)
    title: Mapped[str]
    folded_title: Mapped[str] = mapped_column(Computed("fold_name(title)", persisted=True))
    status: Mapped[str] = mapped_column(default="new", server_default="new")
    status_reason: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    topics: Mapped[TextList]
    timezone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")
    quiet: Mapped[TextList]
    shares_requests: Mapped[bool] = mapped_column(default=True, server_default="true")
    daily_budget_usd: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    digest: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    digested_at: Mapped[dt.datetime | None]
    insight_message_id: Mapped[int | None] = mapped_column(BigInteger)
    insighted_at: Mapped[dt.datetime | None]
    ingest_leader_bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="SET NULL"), index=True)
    ingest_leader_seen_at: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """A bot in a chat. Only an `active` membership lets it speak there.

    `rate_factor` is the part (0 to 1) of Telegram's usual rate that this token may use in this chat: it falls with
    every 429 and recovers from `rate_limited_until` on, the end of the wait that the 429 asked for. Until then the bot
    sends nothing there (see app/domain/delivery/rate.py).
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("status in ('active', 'left', 'kicked', 'muted')", name="status"),
        Index("uq_memberships_bot_id_chat_id", "bot_id", "chat_id", unique=True),
        Index("ix_memberships_chat_id", "chat_id"),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(default="active", server_default="active")
    status_reason: Mapped[str | None]
    is_admin: Mapped[bool] = mapped_column(default=False, server_default="false")
    rate_factor: Mapped[float] = mapped_column(default=1.0, server_default="1")
    rate_limited_until: Mapped[dt.datetime | None]
    last_spoke_at: Mapped[dt.datetime | None]
    joined_at: Mapped[CreatedAt]


class Person(Base):
    """A Telegram user who writes in a chat and is not one of our bots. Messages of a `muted` one go to no model.

    A channel that is spoken for, or a group by its anonymous admins, is a person with the negative id of that chat.
    Messages of forgotten people, emptied, belong to the person with the Telegram id 0. While somebody is being
    forgotten, their messages up to `forgotten_message_id` go to no model either.
    """

    __tablename__ = "people"

    id: Mapped[BigId]
    telegram_user_id: Mapped[BigInt] = mapped_column(unique=True)
    username: Mapped[str | None]
    display_name: Mapped[str]
    muted: Mapped[bool] = mapped_column(default=False, server_default="false")
    forgotten_message_id: Mapped[int | None] = mapped_column(BigInteger)
    first_seen_at: Mapped[CreatedAt]


class Mute(Base):
    """A person's mute of one bot, or without a `bot_id` of every bot, in one chat until /unmute."""

    __tablename__ = "mutes"
    __table_args__ = (
        Index("uq_mutes_all_bots", "chat_id", "person_id", unique=True, postgresql_where=text("bot_id is null")),
        Index("uq_mutes_one_bot", "chat_id", "person_id", "bot_id", unique=True),
        Index("ix_mutes_person_id", "person_id"),
        Index("ix_mutes_bot_id", "bot_id"),
    )

    id: Mapped[BigId]
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    since: Mapped[Instant]


class Rest(Base):
    """A place that refused what bots sent, and until when it rests (see app/domain/delivery/rests.py).

    `failures` are in a row, `rests` counts the rests it had, `reason` has Telegram's last words. `thread_id` is -1 for
    the whole chat, 0 outside of topics. A refused `emoji` ('*': any) has no bot.
    """

    __tablename__ = "rests"
    __table_args__ = (
        CheckConstraint("(bot_id is null) = (emoji is not null)", name="place"),
        Index("uq_rests_topic", "chat_id", "bot_id", "thread_id", unique=True),
        Index("uq_rests_emoji", "chat_id", "emoji", unique=True, postgresql_where=text("bot_id is null")),
        Index("ix_rests_bot_id", "bot_id"),
    )

    id: Mapped[BigId]
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    thread_id: Mapped[BigInt]
    emoji: Mapped[str | None]
    failures: Mapped[int]
    rests: Mapped[int]
    reason: Mapped[str]
    failed_at: Mapped[Instant]
    rests_until: Mapped[dt.datetime | None]
