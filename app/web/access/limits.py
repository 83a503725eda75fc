"""Rate limits on password guessing: 10 failures in 5 minutes per user and per address, 100 per address in an hour.

The counts are in the cache Redis; while it cannot count, nobody can sign in. A browser that signed in before has a
device cookie and its own count, so that guessing at a user's name does not lock that user out.
"""

from __future__ import annotations

import hashlib

from flask import Response, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from itsdangerous import BadSignature, URLSafeSerializer

from app.redis_servers import check_writes
from app.services.access.users import fold_username
from app.web.state import runtime

FAILURES = "10 per 5 minutes"
FAILURES_PER_ADDRESS = "10 per 5 minutes;100 per hour"
DEVICE_COOKIE = "chorus_device"
DEVICE_COOKIE_AGE_S = 180 * 24 * 3600

limiter = Limiter(key_func=get_remote_address, strategy="moving-window")


def user_key() -> str:
    """Returns the limit key of a user name in any spelling, separate for browsers this user signed in from before."""
    username = fold_username(request.form.get("username", ""))
    device = "known" if _device_user() == username else "unknown"
    source = request.cookies.get(DEVICE_COOKIE, "") if device == "known" else ""
    return f"user:{_digest(username)}:{device}:{_digest(source)}"


def address_key() -> str:
    """Returns the limit key of the client address, as given by the trusted proxies."""
    return f"address:{get_remote_address()}"


def is_failure(response: Response) -> bool:
    """Whether a response counts against the limits."""
    return response.status_code == 401


def ensure_counting() -> None:
    """Raises RedisError while the cache takes no writes: wrong passwords could be tried without an end."""
    check_writes(runtime().cache)


def remember_device(response: Response, username: str) -> None:
    """Sets the cookie that marks this browser as one that `username` signed in from."""
    response.set_cookie(
        DEVICE_COOKIE,
        _serializer().dumps(username),
        max_age=DEVICE_COOKIE_AGE_S,
        httponly=True,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        samesite="Strict",
    )


def _device_user() -> str | None:
    try:
        return str(_serializer().loads(request.cookies.get(DEVICE_COOKIE, "")))
    except BadSignature:
        return None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="device")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
