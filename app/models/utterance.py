"""Utterances, and the due times of ticks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.utterance import FINAL, LEASED, OPEN, VOID, State
from app.models.base import Base, BigId, CreatedAt, Instant


def quote_states(states: Iterable[State]) -> str:
    """Formats states as the items of a list in SQL: `'sent', 'unknown'`."""
    return ", ".join(f"'{state}'" for state in states)


IS_OPEN = f"state in ({quote_states(OPEN)})"


class Utterance(Base):
    """A plan to speak.

    The partial unique indexes decide races: one open utterance per bot, one open ambient utterance per chat (the
    floor), one that counts per mention, one per tick. The answer to a command, which no model writes, is exempt: it may
    be open beside another utterance of its bot. `max_words` and `reading_s` (seconds from `planned_at` until its bot
    types) come from the plan. `rewrite_reason` is why its first draft, `refused_text`, was refused and requested again.
    `notes` are steps of operators; those of its tick are in TickTrace.
    """

    __tablename__ = "utterances"
    __table_args__ = (
        CheckConstraint(f"state in ({quote_states(State)})", name="state"),
        CheckConstraint(f"(state in ({quote_states(FINAL)})) = (finished_at is not null)", name="finished_at"),
        CheckConstraint(f"state not in ({quote_states(LEASED)}) or lease_until is not null", name="lease_until"),
        CheckConstraint(
            "state <> 'sent' or kind = 'reaction' or telegram_message_id is not null", name="telegram_message_id"
        ),
        CheckConstraint("kind in ('reply', 'topic', 'reaction', 'command')", name="kind"),
        CheckConstraint("urgency in ('interactive', 'ambient')", name="urgency"),
        UniqueConstraint("bot_id", "due_at"),
        Index(
            "uq_utterances_open_bot", "bot_id", unique=True, postgresql_where=text(f"kind <> 'command' and {IS_OPEN}")
        ),
        Index(
            "uq_utterances_floor",
            "chat_id",
            unique=True,
            postgresql_where=text(f"urgency = 'ambient' and {IS_OPEN}"),
        ),
        Index(
            "uq_utterances_mention",
            "mention_id",
            unique=True,
            postgresql_where=text(f"state not in ({quote_states(VOID)})"),
        ),
        Index("ix_utterances_planned", "lane", "available_at", postgresql_where=text("state = 'planned'")),
        Index("ix_utterances_ready", "available_at", postgresql_where=text("state = 'ready'")),
        Index(
            "ix_utterances_leased",
            "lease_until",
            postgresql_where=text(f"state in ({quote_states(LEASED)})"),
        ),
        Index("ix_utterances_chat_id_planned_at", "chat_id", text("planned_at DESC")),
        Index("ix_utterances_bot_id_planned_at", "bot_id", text("planned_at DESC")),
        Index("ix_utterances_planned_at", text("planned_at DESC")),
        Index("ix_utterances_mention_id", "mention_id"),
        Index("ix_utterances_target_message_id", "target_message_id"),
        Index("ix_utterances_finished_at", "finished_at", postgresql_where=text("finished_at is not null")),
        Index("ix_utterances_unknown", "planned_at", postgresql_where=text("state = 'unknown'")),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    due_at: Mapped[Instant]
    kind: Mapped[str]
    urgency: Mapped[str]
    lane: Mapped[str]
    mention_id: Mapped[int | None] = mapped_column(ForeignKey("mentions.id", ondelete="SET NULL"))
    target_message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    topic: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    reason: Mapped[str | None]
    max_words: Mapped[int | None] = mapped_column(SmallInteger)
    reading_s: Mapped[float | None]
    text: Mapped[str | None]
    emoji: Mapped[str | None]
    rewrite_reason: Mapped[str | None]
    refused_text: Mapped[str | None]
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", default=list)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    available_at: Mapped[Instant]
    lease_until: Mapped[dt.datetime | None]
    typing_at: Mapped[dt.datetime | None]
    send_at: Mapped[dt.datetime | None]
    planned_at: Mapped[CreatedAt]
    finished_at: Mapped[dt.datetime | None]
    telegram_message_id: Mapped[int | None] = mapped_column(BigInteger)


class TickSchedule(Base):
    """When each bot's next tick is due. A claim advances `due_at` in the same statement that returns the bot."""

    __tablename__ = "tick_schedule"
    __table_args__ = (Index("ix_tick_schedule_due_at", "due_at"),)

    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[Instant]
    interval_s: Mapped[float] = mapped_column(default=60.0, server_default="60")
