"""Settings that operators change at runtime."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Computed, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt


def _id_in_scope(kind: str) -> Computed:
    """Computes the id from a scope of this kind, in the form Postgres prints, so that migrations see no difference."""
    pattern = f"(scope ~~ '{kind}:%'::text)"
    return Computed(f"CASE WHEN {pattern} THEN (split_part(scope, ':'::text, 2))::bigint ELSE NULL::bigint END", True)


class Setting(Base):
    """One overridden setting; others have their defaults (see app/domain/settings/).

    `scope` is `fleet`, `chat:<id>` or `bot:<id>`. The ids are generated columns, so that foreign keys require the chat
    or bot and delete the row with it.
    """

    __tablename__ = "settings"

    scope: Mapped[str] = mapped_column(primary_key=True, default="fleet", server_default="fleet")
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    updated_by: Mapped[str | None]
    updated_at: Mapped[CreatedAt]
    chat_id: Mapped[int | None] = mapped_column(
        BigInteger, _id_in_scope("chat"), ForeignKey("chats.id", ondelete="CASCADE"), index=True
    )
    bot_id: Mapped[int | None] = mapped_column(
        BigInteger, _id_in_scope("bot"), ForeignKey("bots.id", ondelete="CASCADE"), index=True
    )
