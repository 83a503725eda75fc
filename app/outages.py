"""Detection of outages: a server that is or becomes unavailable. Every other failure is an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from redis.exceptions import AuthenticationError, AuthorizationError, MaxConnectionsError
from sqlalchemy.exc import DBAPIError, OperationalError

from app.logs.context import context_of

CONNECTION_CLASS = "08"
SERVER_AWAY = frozenset({"57P01", "57P02", "57P03", "57P05"})
"""SQLSTATEs of a server that stops, crashes or starts, and of one that closed an idle session.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

NO_OUTAGE = (AuthenticationError, AuthorizationError, MaxConnectionsError)
"""Connection errors by redis-py's classes, although the server is available."""


log = structlog.get_logger()


def is_outage(error: BaseException) -> bool:
    """Whether Postgres or Redis is unavailable, so that the same call succeeds once the server is back.

    A statement or lock timeout, a deadlock and a lack of memory are errors, although due work is retried.
    """
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return not isinstance(error, NO_OUTAGE)
    return isinstance(error, DBAPIError) and _is_postgres_away(error)


def in_one_line(error: BaseException) -> str:
    """Returns the error's type and the server's or driver's message, without the statement."""
    told = str(getattr(error, "orig", None) or error).strip()
    return f"{type(error).__name__}: {told.splitlines()[0] if told else 'no answer'}"


def log_error(log: Any, event: str, error: BaseException, **keys: Any) -> None:
    """Logs the error of work that is retried: an outage in one line, anything else with its traceback.

    Call it where the error is caught.
    """
    told = {**context_of(error), "error": in_one_line(error), **keys}
    if is_outage(error):
        log.warning(event, **told)
    else:
        log.error(event, exc_info=error, **told)


def log_unless_away(error: Exception) -> None:
    """Logs an error of an available Redis: callers go on without it, but somebody has to repair it."""
    if isinstance(error, redis.RedisError) and not is_outage(error):
        log.error("redis_failed", error=in_one_line(error), exc_info=error)


@contextmanager
def may_lack_redis() -> Iterator[None]:
    """Suppresses Redis errors of its body: an outage silently, any other error with a log line."""
    try:
        yield
    except redis.RedisError as error:
        log_unless_away(error)


def _is_postgres_away(error: DBAPIError) -> bool:
    """Decides by the SQLSTATE if there is one; else by the connection, lost or never established."""
    code = getattr(error.orig, "pgcode", None)
    if code is not None:
        return code.startswith(CONNECTION_CLASS) or code in SERVER_AWAY
    never_connected = isinstance(error, OperationalError) and error.statement is None
    return error.connection_invalidated or never_connected
