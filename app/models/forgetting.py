"""People who asked to be forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, CreatedAt, Instant


class ForgetRequest(Base):
    """A person's wish to have the past forgotten, up to the message that says so; at most one open one a person.

    A worker goes through the stages (app/repositories/people/forgetting.py); `position` is how far it came in `stage`.
    The names by which bots may have called the person are known until it is done; the person's number stays as long as
    Telegram may still bring what was said before `said_at`.
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
