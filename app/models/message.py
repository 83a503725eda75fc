"""Messages, insights, mentions, and the inbox of raw updates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.ingest.updates import UNRECOGNISED_OUTCOMES
from app.models.base import Base, BigId, BigInt, CreatedAt, Instant, TextList


class Message(Base):
    """One message of a chat, by a person or by one of our bots (exactly one of the two).

    Commands and their answers are not part of the conversation. `sentiment` runs from -1 to 1; it and `language`
    (ISO 639-1) are null where undetermined.
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, bot_id) = 1", name="one_author"),
        UniqueConstraint("chat_id", "telegram_message_id"),
        Index("ix_messages_chat_id_sent_at", "chat_id", text("sent_at DESC")),
        Index("ix_messages_created_at", "created_at"),
        Index("ix_messages_person_id_chat_id", "person_id", "chat_id", postgresql_where=text("person_id is not null")),
        Index("ix_messages_bot_id", "bot_id", postgresql_where=text("bot_id is not null")),
        Index("ix_messages_answers", "chat_id", "reply_to_message_id", postgresql_where=text("bot_id is not null")),
    )

    id: Mapped[BigId]
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    telegram_message_id: Mapped[BigInt]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    text: Mapped[str]
    reply_to_message_id: Mapped[int | None] = mapped_column(BigInteger)
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    is_question: Mapped[bool] = mapped_column(default=False, server_default="false")
    is_command: Mapped[bool] = mapped_column(default=False, server_default="false")
    asks_opinion: Mapped[bool] = mapped_column(default=False, server_default="false")
    language: Mapped[str | None]
    sentiment: Mapped[float | None]
    symbols: Mapped[TextList]
    topics: Mapped[TextList]
    sent_at: Mapped[Instant]
    edited_at: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]


class Insight(Base):
    """A model's reading of one message: topic, stance, sentiment and a one-line summary."""

    __tablename__ = "insights"
    __table_args__ = (
        CheckConstraint("stance in ('for', 'against', 'neutral', 'none')", name="stance"),
        CheckConstraint("sentiment between -1 and 1", name="sentiment"),
        Index("ix_insights_chat_id_message_id", "chat_id", text("message_id DESC")),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    topic: Mapped[str]
    stance: Mapped[str]
    sentiment: Mapped[float]
    summary: Mapped[str]
    created_at: Mapped[CreatedAt]


class Mention(Base):
    """One bot addressed by one message. It stays `pending` until answered or expired."""

    __tablename__ = "mentions"
    __table_args__ = (
        CheckConstraint("status in ('pending', 'answered', 'expired')", name="status"),
        UniqueConstraint("bot_id", "message_id"),
        Index("ix_mentions_pending_bot_id", "bot_id", postgresql_where=text("status = 'pending'")),
        Index("ix_mentions_pending_nudge_at", "nudge_at", postgresql_where=text("status = 'pending'")),
        Index("ix_mentions_message_id", "message_id"),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    reason: Mapped[str | None]
    expires_at: Mapped[Instant]
    nudge_at: Mapped[Instant]
    created_at: Mapped[CreatedAt]


ODD = f"split_part(outcome, ':', 1) in ({', '.join(repr(word) for word in UNRECOGNISED_OUTCOMES)})"


class InboxUpdate(Base):
    """A Telegram update; one row per (bot, update_id).

    Its payload is kept as it came until it is processed, and longer if it was not recognised.
    """

    __tablename__ = "inbox_updates"
    __table_args__ = (
        UniqueConstraint("bot_id", "update_id"),
        Index("ix_inbox_updates_waiting", "available_at", postgresql_where=text("done_at is null")),
        Index("ix_inbox_updates_done_at", "done_at"),
        Index("ix_inbox_updates_odd", "id", postgresql_where=text(ODD)),
    )

    id: Mapped[BigId]
    bot_id: Mapped[int] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    update_id: Mapped[BigInt]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received_at: Mapped[CreatedAt]
    available_at: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    done_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None]
