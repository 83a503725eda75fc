"""Checks before the start: the web port is free, the operator's own servers answer."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

import redis
from sqlalchemy.exc import OperationalError

from app.cli.stack.errors import StackError
from app.cli.stack.ports import is_free
from app.cli.stack.redis_state import RedisState, advise, read_state
from app.config import Settings
from app.db import create_db_engine
from app.domain.errors import Unreachable
from app.postgres.address import read_address
from app.postgres.errors import is_read_only, message, refusal


class ReadOnly(Unreachable):
    """Every server that answers can only be read."""


def check_web_port(settings: Settings) -> None:
    """Raises StackError when the admin's port is taken."""
    if not is_free(settings.web_host, settings.web_port):
        raise StackError(
            f"port {settings.web_port} is in use on {settings.web_host}, or this user may not listen there: "
            "choose another with --web-port / WEB_PORT."
        )


def check_database(url: str) -> None:
    """Raises Unreachable, naming the hosts and the reason but no password, when Postgres cannot be used and written."""
    try:
        engine = create_db_engine(url, pool_size=1)
        with engine.connect():
            pass
        engine.dispose()
    except OperationalError as error:
        raise _unreachable(url, error) from None
    except ValueError as error:
        raise Unreachable(f"DATABASE_URL: {error}.") from None


def _unreachable(url: str, error: OperationalError) -> Unreachable:
    place = read_address(url).place
    if sentence := refusal(error):
        return Unreachable(f"DATABASE_URL: {sentence} (it answers at {place}).")
    if is_read_only(error):
        return ReadOnly(
            f"DATABASE_URL: Postgres at {place} can only be read: {message(error)}. "
            "Promote the standby, or name the primary's host too (host1:5432,host2:5432)."
        )
    return Unreachable(
        f"DATABASE_URL: Postgres at {place} cannot be used: {message(error)}. Start it or correct the address; "
        "without DATABASE_URL, `chorus up` brings its own."
    )


def check_redis(variable: str, url: str) -> RedisState:
    """Returns the server's state. Raises Unreachable, naming variable, host and reason, when it cannot be used."""
    try:
        state = read_state(variable, url)
    except (redis.RedisError, ValueError) as error:
        raise Unreachable(
            f"{variable}: Redis at {place_of(url)} cannot be used: {error}. Start it or correct the address; "
            f"without {variable}, `chorus up` brings its own."
        ) from None
    if state.refusal:
        raise Unreachable(f"{variable}: Redis at {place_of(url)} {state.refusal}: {state.fix}.")
    return state


def check_own_servers(settings: Settings, embedded: Collection[str]) -> tuple[str, ...]:
    """Checks the servers that are not `embedded` but the operator's; returns what about them should be otherwise.

    Raises Unreachable.
    """
    if "DATABASE_URL" not in embedded:
        check_database(settings.database_url)
    urls = {"BROKER_URL": settings.broker_url, "CACHE_URL": settings.cache_url}
    states = {name: check_redis(name, url) for name, url in urls.items() if name not in embedded}
    advice = advise(states.get("BROKER_URL"), states.get("CACHE_URL"))
    return tuple(f"{name}: {one.text}. To do: {one.fix}" for name, found in advice.items() for one in found)


def place_of(url: str) -> str:
    """Returns host and port of a Redis' address, without secrets."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'localhost'}:{parts.port}" if parts.port else parts.hostname or "localhost"
    except ValueError:
        return "an address that cannot be read"
