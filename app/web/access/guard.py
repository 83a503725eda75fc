"""Who may see what: every page needs a signed-in operator unless it is named here."""

from __future__ import annotations

from flask import Flask, abort, g, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.web.access.sessions import touch_session

OPEN_ENDPOINTS = frozenset(
    {"static", "bootstrap.static", "auth.sign_in", "health.healthz", "health.readyz", "health.metrics"}
)
BEFORE_PASSWORD_CHANGE = frozenset({"auth.change_password", "auth.sign_out"})
OWN_ACCOUNT = frozenset({"auth.change_password", "auth.sign_out"})
BACKGROUND = frozenset({"live.events", "live.counters", "live.fragment", "dashboard.fragment"})
"""What an open page asks for on its own: it does not count as use of the session."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def guard_requests(app: Flask) -> None:
    """Registers the check in front of every view."""
    app.before_request(check_access)


def wants_json() -> bool:
    """Whether the client is a program: the API, or a page's script."""
    if request.path.startswith("/api/"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def check_access() -> ResponseReturnValue | None:
    """Lets a request through, or answers it: sign in first, change the password first, not allowed."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS:
        return None
    if not current_user.is_authenticated:
        return ask_to_sign_in()
    if current_user.must_change_password and endpoint not in BEFORE_PASSWORD_CHANGE:
        return ask_for_new_password()
    if request.method not in SAFE_METHODS and not current_user.may_change and endpoint not in OWN_ACCOUNT:
        abort(403)
    if endpoint not in BACKGROUND:
        touch_session()
    g.operator = current_user.username
    return None


def ask_to_sign_in() -> ResponseReturnValue:
    """A redirect for people, 401 for programs."""
    if wants_json() or request.endpoint in BACKGROUND:
        return jsonify(error={"field": "session", "message": "sign in first"}), 401
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    if target == url_for("dashboard.index"):
        target = None
    return redirect(url_for("auth.sign_in", next=target))


def ask_for_new_password() -> ResponseReturnValue:
    """A redirect for people, 403 for programs."""
    if wants_json() or request.endpoint in BACKGROUND:
        return jsonify(error={"field": "password", "message": "change your one-time password first"}), 403
    return redirect(url_for("auth.change_password"))
