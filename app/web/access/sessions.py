"""Sessions of signed-in operators.

The cookie is signed and holds no secret. Every request checks here that it is valid: the account is active, its
`session_epoch` is unchanged, the sign-in is at most 7 days and the last use at most 12 hours ago.
"""

from __future__ import annotations

import secrets
import time

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from app.logs import bind
from app.repositories.access.users import UserRecord
from app.services.access import users
from app.web.state import runtime

IDLE_LIMIT_S = 12 * 3600
ABSOLUTE_LIMIT_S = 7 * 24 * 3600
TOUCH_EVERY_S = 300

login_manager = LoginManager()
login_manager.session_protection = None


class Operator(UserMixin):  # type: ignore[misc]
    """The signed-in account, as a Flask-Login user."""

    def __init__(self, account: UserRecord) -> None:
        self.id = account.id
        self.username = account.username
        self.role = account.role
        self.must_change_password = account.must_change_password
        self.session_epoch = account.session_epoch

    @property
    def may_change(self) -> bool:
        """Whether this role may change anything besides its own password."""
        return self.role != "viewer"


def configure_sessions(app: Flask, public_url: str | None) -> None:
    """Sets the cookie's attributes: `__Host-` and Secure behind https; over plain http, as on a LAN, neither works."""
    secure = bool(public_url and public_url.startswith("https://"))
    app.config.update(
        SESSION_COOKIE_NAME="__Host-chorus" if secure else "chorus",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )


def open_session(account: UserRecord) -> None:
    """Signs an account in with a new session and discards the earlier one."""
    session.clear()
    now = int(time.time())
    session.update(sid=secrets.token_urlsafe(16), epoch=account.session_epoch, born=now, seen=now)
    login_user(Operator(account))


def close_session() -> None:
    """Clears the session in this browser."""
    logout_user()
    session.clear()


def touch_session() -> None:
    """Stores the time of the session's last use."""
    now = int(time.time())
    if now - int(session.get("seen", 0)) >= TOUCH_EVERY_S:
        session["seen"] = now


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_operator(user_id: str) -> Operator | None:
    """Returns the operator of a valid session, or None."""
    now = time.time()
    if now - session.get("born", 0) > ABSOLUTE_LIMIT_S or now - session.get("seen", 0) > IDLE_LIMIT_S:
        return None
    account = users.find_user(runtime().sessions, int(user_id), int(session.get("epoch", -1)))
    if account is None:
        return None
    bind(user=account.id)
    return Operator(account)
