"""Heartbeats."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Instant


class Heartbeat(Base):
    """The last beat of a process that must keep running, such as the pipeline."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[Instant]
