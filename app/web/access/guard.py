"""Access control: every page needs a signed-in operator unless its endpoint is listed here."""

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
"""Endpoints that an open page polls by itself; they do not count as use of the session."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def guard_requests(app: Flask) -> None:
    """Registers the access check before every view."""
    app.before_request(check_access)


def wants_json() -> bool:
    """Whether the client expects JSON: the API, or a page's script."""
    if request.path.startswith("/api/"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def check_access() -> ResponseReturnValue | None:
    """Returns None to let a request through, else the refusal: not signed in, password to be changed, or 403."""
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
    """Returns a redirect to the sign-in page for people, 401 for programs."""
    if wants_json() or request.endpoint in BACKGROUND:
        return jsonify(error={"field": "session", "message": "sign in first"}), 401
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    if target == url_for("dashboard.index"):
        target = None
    return redirect(url_for("auth.sign_in", next=target))


def ask_for_new_password() -> ResponseReturnValue:
    """Returns a redirect to the password page for people, 403 for programs."""
    if wants_json() or request.endpoint in BACKGROUND:
        return jsonify(error={"field": "password", "message": "change your one-time password first"}), 403
    return redirect(url_for("auth.change_password"))
