"""Accounts of the admin: passwords, sign-in, ending sessions.

Passwords are hashed with Argon2id by the defaults of argon2-cffi (RFC 9106, low-memory profile). No database session is
open while a hash is computed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.db import SessionFactory
from app.domain.analysis.letters import fold_name
from app.domain.errors import InvalidInput, NotFound
from app.repositories.access import users
from app.repositories.access.users import UserRecord

FIRST_ADMIN = "admin"
ROLES = ("admin", "operator", "viewer")
PASSWORD_MIN = 10
PASSWORD_MAX = 1024

_HASHER = PasswordHasher()
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt")


def fold_username(typed: str) -> str:
    """Returns the stored form of a user name, of which no two accounts have the same: ipek for İPEK and Ipek."""
    return fold_name(typed)


def ensure_first_admin(sessions: SessionFactory) -> str | None:
    """Creates the user `admin` with a random one-time password when there is no user at all.

    Returns that password, which is shown once and must be changed at the first sign-in, or None when users exist.
    """
    with sessions() as session:
        if users.any_user(session):
            return None
    password = secrets.token_urlsafe(12)
    digest = _HASHER.hash(password)
    with sessions.begin() as session:
        if users.any_user(session):
            return None
        created = users.insert_user(session, FIRST_ADMIN, digest, "admin", must_change_password=True)
    return password if created else None


def authenticate(sessions: SessionFactory, username: str, password: str) -> UserRecord | None:
    """Returns the account for valid credentials, else None. The name may be typed in any case, İPEK for ipek too.

    An unknown or disabled user costs the same work as a wrong password, so that timing reveals nothing. A hash made
    with older parameters is replaced.
    """
    with sessions() as session:
        account = users.find_by_name(session, username.strip(), fold_username(username))
        stored = users.password_hash_of(session, account.id) if account else None
    known = stored is not None
    digest = stored or _decoy_hash()
    if not _matches(digest, password) or account is None or not known or not account.is_active:
        return None
    renewed = _HASHER.hash(password) if _HASHER.check_needs_rehash(digest) else None
    with sessions.begin() as session:
        users.record_login(session, account.id)
        if renewed:
            users.rehash_password(session, account.id, digest, renewed)
    return account


def find_user(sessions: SessionFactory, user_id: int, session_epoch: int) -> UserRecord | None:
    """Returns the account of a session, or None if it was disabled or the session was ended."""
    with sessions() as session:
        account = users.find_by_id(session, user_id)
    if account is None or not account.is_active or account.session_epoch != session_epoch:
        return None
    return account


def change_password(sessions: SessionFactory, user_id: int, current: str, new: str) -> UserRecord:
    """Sets a new password after checking the current one; every other session of the user ends.

    Returns the account as it is now. Raises InvalidInput naming `current_password` or `new_password`.
    """
    with sessions() as session:
        account = users.find_by_id(session, user_id)
        stored = users.password_hash_of(session, user_id)
    if account is None or stored is None:
        raise NotFound("This account does not exist any more.")
    if not _matches(stored, current):
        raise InvalidInput("current_password", "is not your current password; type it again")
    if secrets.compare_digest(current.encode(), new.encode()):
        raise InvalidInput("new_password", "must differ from the current password")
    check_password(new, account.username)
    _store_password(sessions, user_id, new, must_change=False)
    return _existing(sessions, user_id)


def create_user(
    sessions: SessionFactory, username: str, role: str = "operator", password: str | None = None
) -> str | None:
    """Creates an operator; without a password, returns a one-time password that must be changed at sign-in.

    The account gets the folded name, so that no two names are told apart only by case or accents. Raises InvalidInput
    naming `username`, `role` or `password`.
    """
    name = fold_username(username)
    if not _USERNAME.fullmatch(name):
        raise InvalidInput(
            "username", "must be 2 to 32 of a-z, 0-9, dot, dash and underscore, starting with a letter or digit"
        )
    if role not in ROLES:
        raise InvalidInput("role", f"must be one of {', '.join(ROLES)}")
    if password is not None:
        check_password(password, name, field="password")
    one_time = None if password is not None else secrets.token_urlsafe(12)
    digest = _HASHER.hash(password or one_time or "")
    with sessions.begin() as session:
        created = users.insert_user(session, name, digest, role, must_change_password=one_time is not None)
    if created is None:
        raise InvalidInput("username", f"{name} exists already; choose another name or reset that user's password")
    return one_time


def reset_password(sessions: SessionFactory, username: str) -> str:
    """Returns a new one-time password, to be changed at sign-in, and ends every session of the user.

    Raises InvalidInput naming `username` when there is no such user.
    """
    account = _by_name(sessions, username)
    password = secrets.token_urlsafe(12)
    _store_password(sessions, account.id, password, must_change=True)
    return password


def list_users(sessions: SessionFactory) -> Sequence[UserRecord]:
    """All accounts by name."""
    with sessions() as session:
        return users.list_users(session)


def set_user_active(sessions: SessionFactory, username: str, active: bool) -> None:
    """Disables or enables a user; either way every session of theirs ends. Raises InvalidInput naming `username`."""
    account = _by_name(sessions, username)
    with sessions.begin() as session:
        users.set_active(session, account.id, active)


def end_sessions(sessions: SessionFactory, user_id: int) -> None:
    """Ends every session of a user; cookies copied before become invalid."""
    with sessions.begin() as session:
        users.end_sessions(session, user_id)


def check_password(password: str, username: str, field: str = "new_password") -> None:
    """Raises InvalidInput, naming `field`, when a password is too short, very common or made of the user's name.

    The rules are those of NIST SP 800-63B: length and a list of common passwords, no composition rules.
    """
    if len(password) < PASSWORD_MIN:
        raise InvalidInput(
            field, f"must have at least {PASSWORD_MIN} characters; a few words in a row are easy to keep"
        )
    if len(password) > PASSWORD_MAX:
        raise InvalidInput(field, f"must have at most {PASSWORD_MAX} characters")
    folded = password.casefold()
    if folded in _common_passwords() or len(set(folded)) < 4:
        raise InvalidInput(field, "is among the passwords that are guessed first; choose one that nobody else has")
    if len(username) > 3 and folded.strip("0123456789!.-_") == username.casefold():
        raise InvalidInput(field, "must not be your user name")


def _by_name(sessions: SessionFactory, username: str) -> UserRecord:
    with sessions() as session:
        account = users.find_by_name(session, username.strip(), fold_username(username))
    if account is None:
        raise InvalidInput("username", f"there is no user {username.strip()}; `chorus user list` shows them all")
    return account


def _existing(sessions: SessionFactory, user_id: int) -> UserRecord:
    with sessions() as session:
        account = users.find_by_id(session, user_id)
    if account is None:
        raise NotFound("This account does not exist any more.")
    return account


def _store_password(sessions: SessionFactory, user_id: int, password: str, *, must_change: bool) -> None:
    digest = _HASHER.hash(password)
    with sessions.begin() as session:
        users.set_password(session, user_id, digest, must_change_password=must_change)


def _matches(digest: str, password: str) -> bool:
    try:
        return _HASHER.verify(digest, password[: PASSWORD_MAX + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy_hash() -> str:
    """Returns a hash that matches no known password."""
    return _HASHER.hash(secrets.token_urlsafe(32))


@cache
def _common_passwords() -> frozenset[str]:
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.casefold() for line in lines if line)
