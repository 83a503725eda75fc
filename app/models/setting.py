"""Values that operators change while the fleet runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, CreatedAt


class Setting(Base):
    """One overridden setting; what is not here has its default (see app/domain/settings.py)."""

    __tablename__ = "settings"

    scope: Mapped[str] = mapped_column(primary_key=True, default="fleet", server_default="fleet")
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    updated_by: Mapped[str | None]
    updated_at: Mapped[CreatedAt]
