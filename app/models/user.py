"""Operators of the admin."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigId, CreatedAt


class User(Base):
    """One operator. `session_epoch` rises to end every session of this user at once."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role in ('admin', 'operator', 'viewer')", name="role"),)

    id: Mapped[BigId]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="operator")
    is_active: Mapped[bool] = mapped_column(default=True, server_default="true")
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default="false")
    session_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[CreatedAt]
    last_login_at: Mapped[dt.datetime | None]
