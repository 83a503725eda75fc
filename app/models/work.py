"""Failures of items of leased work."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, BigInt, Instant


class WorkFailure(Base):
    """An item of a kind of work (app/services/work/kinds.py) that failed `attempts` times.

    `error` is the type of the last error and `place` our innermost function in its traceback: no people's words, no
    secrets. From `parked_at` on it is parked: not retried until an operator decides.
    """

    __tablename__ = "work_failures"
    __table_args__ = (
        UniqueConstraint("kind", "item_id"),
        Index("ix_work_failures_bot_id", "bot_id"),
        Index("ix_work_failures_chat_id", "chat_id"),
        Index("ix_work_failures_last_at_id", "last_at", "id"),
        Index("ix_work_failures_parked_at", "parked_at", postgresql_where=text("parked_at is not null")),
    )

    id: Mapped[BigId]
    kind: Mapped[str]
    item_id: Mapped[BigInt]
    bot_id: Mapped[int | None] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    chat_id: Mapped[int | None] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    error: Mapped[str]
    place: Mapped[str]
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
    parked_at: Mapped[dt.datetime | None]
