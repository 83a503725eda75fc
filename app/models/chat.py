"""Groups, who is in them, and the people who talk there."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, TextList


class Chat(Base):
    """A Telegram supergroup. Bots speak in it only while an operator keeps it `enabled`."""

    __tablename__ = "chats"
    __table_args__ = (
        CheckConstraint("status in ('enabled', 'paused', 'new')", name="status"),
        CheckConstraint("telegram_chat_id < -1000000000000", name="supergroup_id"),
        Index("ix_chats_status_id", "status", "id"),
    )

    id: Mapped[BigId]
    telegram_chat_id: Mapped[BigInt] = mapped_column(unique=True)
    title: Mapped[str]
    status: Mapped[str] = mapped_column(default="new", server_default="new")
    status_reason: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    topics: Mapped[TextList]
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """A bot in a chat. Only an `active` membership lets it speak there."""

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
    last_spoke_at: Mapped[dt.datetime | None]
    joined_at: Mapped[CreatedAt]


class Person(Base):
    """Someone who writes in a chat and is not one of our bots."""

    __tablename__ = "people"

    id: Mapped[BigId]
    telegram_user_id: Mapped[BigInt] = mapped_column(unique=True)
    username: Mapped[str | None]
    display_name: Mapped[str]
    muted: Mapped[bool] = mapped_column(default=False, server_default="false")
    first_seen_at: Mapped[CreatedAt]
