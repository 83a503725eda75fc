"""What counts as an outage: a server that is away or goes away. Everything else that goes wrong is an error."""

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
"""SQLSTATEs of a server that stops, crashes, or starts, and of one that ended an idle session.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

NO_OUTAGE = (AuthenticationError, AuthorizationError, MaxConnectionsError)
"""Called connection errors by redis-py, although the server is there."""


log = structlog.get_logger()


def is_outage(error: BaseException) -> bool:
    """Whether Postgres or Redis is away, so that the same call is good again once the server is back.

    A statement or lock that took too long, a deadlock, a lack of memory are none: they are errors, although what was
    due is tried again.
    """
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return not isinstance(error, NO_OUTAGE)
    return isinstance(error, DBAPIError) and _is_postgres_away(error)


def in_one_line(error: BaseException) -> str:
    """The kind of the error and what the server or driver said, without the statement that was under way."""
    told = str(getattr(error, "orig", None) or error).strip()
    return f"{type(error).__name__}: {told.splitlines()[0] if told else 'no answer'}"


def log_error(log: Any, event: str, error: BaseException, **keys: Any) -> None:
    """Logs what made a piece of work fail that goes on by itself: an outage in one line, an error with its traceback.

    Call it where the error is caught.
    """
    told = {**context_of(error), "error": in_one_line(error), **keys}
    if is_outage(error):
        log.warning(event, **told)
    else:
        log.error(event, exc_info=error, **told)


def log_unless_away(error: Exception) -> None:
    """Logs an error of a Redis that is there: callers do without it all the same, but somebody has to mend it."""
    if isinstance(error, redis.RedisError) and not is_outage(error):
        log.error("redis_failed", error=in_one_line(error), exc_info=error)


@contextmanager
def may_lack_redis() -> Iterator[None]:
    """What is done inside is left out while Redis is away; whatever else it says is logged, and left out as well."""
    try:
        yield
    except redis.RedisError as error:
        log_unless_away(error)


def _is_postgres_away(error: DBAPIError) -> bool:
    """By the server's own word where it said one; else by the connection, which was lost or never came about."""
    code = getattr(error.orig, "pgcode", None)
    if code is not None:
        return code.startswith(CONNECTION_CLASS) or code in SERVER_AWAY
    never_connected = isinstance(error, OperationalError) and error.statement is None
    return error.connection_invalidated or never_connected
