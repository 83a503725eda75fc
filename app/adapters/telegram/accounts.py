"""Whether an answer to getMe is about the account of the token that asked."""

from __future__ import annotations

from typing import Any

from app.domain.errors import AnotherAccount
from app.domain.fleet.accounts import account_of


def check_account(token: str, user: Any) -> None:
    """Raises AnotherAccount when `user`, the result of getMe, has another id than the token's number."""
    expected = account_of(token)
    found = user.get("id") if isinstance(user, dict) else None
    if expected is not None and isinstance(found, int) and found != expected:
        raise AnotherAccount(expected, found)
