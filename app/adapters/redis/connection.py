"""Connections to Redis that are given up when the server refuses commands.

After a fail-over behind one address, an open connection still leads to the old primary, which stays read-only.
"""

from __future__ import annotations

from typing import Any

import redis

from app.redis_servers import refusal_of


class Refused(redis.ResponseError):
    """A server that answers takes no commands for now.

    No ConnectionError: redis-py would repeat a watched transaction without a pause or an end.
    """


class _GivesUp(redis.connection.AbstractConnection):
    """A connection that is closed instead of used again once it has raised Refused."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)
        except redis.ResponseError as error:
            code = refusal_of(error)
            if code is None:
                raise
            self.mark_for_reconnect()  # type: ignore[no-untyped-call]
            raise Refused(str(error), status_code=code) from error


class Connection(_GivesUp, redis.Connection):
    """One over TCP."""


class SSLConnection(_GivesUp, redis.SSLConnection):
    """One over TLS."""


class UnixConnection(_GivesUp, redis.UnixDomainSocketConnection):
    """One over a Unix socket."""


_BY_SCHEME = {"rediss": SSLConnection, "unix": UnixConnection}


def connection_class(url: str) -> type[redis.connection.AbstractConnection]:
    """Returns the class of connections for an address."""
    return _BY_SCHEME.get(url.partition("://")[0], Connection)


def connect(url: str, **options: Any) -> redis.Redis:
    """Returns a client for an address; it connects on first use."""
    client: redis.Redis = redis.Redis.from_url(url, connection_class=connection_class(url), **options)
    return client
