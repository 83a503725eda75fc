"""Traces of ticks, in a table of their own: large rows that are written once and rarely read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, Instant


class TickTrace(Base):
    """The tick of an utterance: the steps of its decision, and the packed record that replays it.

    `record` is null if it was too large, or dropped because a person whose words it holds asked to be forgotten.
    `chat_ids` are the chats whose messages it holds.
    """

    __tablename__ = "tick_traces"
    __table_args__ = (Index("ix_tick_traces_decided_at", "decided_at"),)

    utterance_id: Mapped[int] = mapped_column(ForeignKey("utterances.id", ondelete="CASCADE"), primary_key=True)
    engine: Mapped[str]
    seed: Mapped[BigInt]
    decided_at: Mapped[Instant]
    steps: Mapped[list[Any]] = mapped_column(JSONB)
    chat_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    record: Mapped[bytes | None] = mapped_column(LargeBinary)
