"""Operators of the admin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import User


@dataclass(frozen=True, slots=True)
class UserRecord:
    """An operator, without the password."""

    id: int
    username: str
    role: str
    is_active: bool
    must_change_password: bool
    session_epoch: int
    last_login_at: dt.datetime | None


_COLUMNS = (
    User.id,
    User.username,
    User.role,
    User.is_active,
    User.must_change_password,
    User.session_epoch,
    User.last_login_at,
)


def insert_user(
    session: Session, username: str, password_hash: str, role: str, *, must_change_password: bool
) -> int | None:
    """Stores a user and returns the id, or None when the name is taken."""
    statement = (
        insert(User)
        .values(
            username=username,
            password_hash=password_hash,
            role=role,
            must_change_password=must_change_password,
        )
        .on_conflict_do_nothing(index_elements=[User.username])
        .returning(User.id)
    )
    return session.scalar(statement)


def any_user(session: Session) -> bool:
    """Returns whether any user exists."""
    return bool(session.scalar(select(exists().select_from(User))))


def find_by_id(session: Session, user_id: int) -> UserRecord | None:
    """One user, or None."""
    return _one(session, select(*_COLUMNS).where(User.id == user_id))


def find_by_name(session: Session, typed: str, folded: str) -> UserRecord | None:
    """One user by the exact name, else by the folded one, or None."""
    exact = User.username == typed
    statement = select(*_COLUMNS).where(or_(exact, User.username == folded)).order_by(exact.desc()).limit(1)
    return _one(session, statement)


def password_hash_of(session: Session, user_id: int) -> str | None:
    """The stored Argon2 hash, or None when there is no such user."""
    return session.scalar(select(User.password_hash).where(User.id == user_id))


def list_users(session: Session) -> Sequence[UserRecord]:
    """All users by name."""
    return [_user_record(row) for row in session.execute(select(*_COLUMNS).order_by(User.username))]


def set_password(session: Session, user_id: int, password_hash: str, *, must_change_password: bool) -> None:
    """Stores a new password and ends every session of the user."""
    session.execute(
        update(User)
        .where(User.id == user_id)
        .values(
            password_hash=password_hash,
            must_change_password=must_change_password,
            session_epoch=User.session_epoch + 1,
        )
    )


def rehash_password(session: Session, user_id: int, old_hash: str, new_hash: str) -> None:
    """Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile."""
    session.execute(
        update(User).where(User.id == user_id, User.password_hash == old_hash).values(password_hash=new_hash)
    )


def record_login(session: Session, user_id: int) -> None:
    """Stores the time of a sign-in."""
    session.execute(update(User).where(User.id == user_id).values(last_login_at=func.now()))


def end_sessions(session: Session, user_id: int) -> None:
    """Invalidates every session cookie of the user."""
    session.execute(update(User).where(User.id == user_id).values(session_epoch=User.session_epoch + 1))


def set_active(session: Session, user_id: int, active: bool) -> None:
    """Activates or deactivates a user; either way every session ends."""
    session.execute(
        update(User).where(User.id == user_id).values(is_active=active, session_epoch=User.session_epoch + 1)
    )


def _one(session: Session, statement: Select[*tuple[Any, ...]]) -> UserRecord | None:
    row = session.execute(statement).one_or_none()
    return _user_record(row) if row else None


def _user_record(row: Row[*tuple[Any, ...]]) -> UserRecord:
    return UserRecord(*row)
