"""Checks before the start: the web port is free, the operator's own servers answer."""

from __future__ import annotations

from urllib.parse import urlsplit

import redis
from sqlalchemy.exc import ArgumentError, OperationalError

from app.cli.stack.errors import StackError
from app.cli.stack.ports import is_free
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import Unreachable


def check_web_port(settings: Settings) -> None:
    """Raises StackError when the admin's port is taken."""
    if not is_free(settings.web_host, settings.web_port):
        raise StackError(
            f"port {settings.web_port} is in use on {settings.web_host}, or this user may not listen there: "
            "choose another with --web-port / WEB_PORT."
        )


def check_database(url: str) -> None:
    """Raises Unreachable, naming host and reason but no password, when Postgres does not answer."""
    try:
        engine = create_db_engine(url, pool_size=1)
        with engine.connect():
            pass
        engine.dispose()
    except (OperationalError, ArgumentError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Unreachable(
            f"DATABASE_URL: Postgres at {place_of(url)} cannot be used: {reason}. Start it or correct the address; "
            "without DATABASE_URL, `chorus up` brings its own."
        ) from None


def check_redis(variable: str, url: str) -> None:
    """Raises Unreachable, naming the variable, host and reason, when Redis does not answer."""
    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Unreachable(
            f"{variable}: Redis at {place_of(url)} cannot be used: {error}. Start it or correct the address; "
            f"without {variable}, `chorus up` brings its own."
        ) from None


def place_of(url: str) -> str:
    """Returns host and port of an address, without secrets."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'localhost'}:{parts.port}" if parts.port else parts.hostname or "localhost"
    except ValueError:
        return "an address that cannot be read"
