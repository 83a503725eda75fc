"""Requests to be forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, Instant


class ForgetRequest(Base):
    """A person's request to delete their data, up to the message of the request; at most one open one per person.

    A worker runs the stages (app/repositories/people/forgetting.py); `position` is the progress within `stage`. The
    names that bots may have used for the person are kept until it is done; the Telegram user id is kept as long as
    Telegram may still deliver messages from before `said_at`.
    """

    __tablename__ = "forget_requests"
    __table_args__ = (
        Index("uq_forget_requests_open", "telegram_user_id", unique=True, postgresql_where=text("done_at is null")),
        Index("ix_forget_requests_telegram_user_id", "telegram_user_id"),
        Index("ix_forget_requests_waiting", "available_at", postgresql_where=text("done_at is null")),
        Index("ix_forget_requests_done_at", "done_at"),
    )

    id: Mapped[BigId]
    telegram_user_id: Mapped[BigInt]
    message_id: Mapped[BigInt]
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id", ondelete="SET NULL"), index=True)
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="SET NULL"), index=True)
    said_at: Mapped[Instant]
    names: Mapped[str | None]
    chat_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}", default=list)
    stage: Mapped[str] = mapped_column(Text, default="places", server_default="places")
    position: Mapped[BigInt] = mapped_column(default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    available_at: Mapped[CreatedAt]
    lease_until: Mapped[dt.datetime | None]
    created_at: Mapped[CreatedAt]
    done_at: Mapped[dt.datetime | None]
