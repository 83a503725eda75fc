"""Detection of outages: a server that is or becomes unavailable. Every other failure is an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from redis.exceptions import AuthenticationError, AuthorizationError, MaxConnectionsError
from sqlalchemy.exc import DBAPIError

from app.logs.context import context_of
from app.postgres.errors import is_away, is_read_only, message, refusal
from app.redis_servers import CACHE, refusal_of

REPEAT_S = 60.0
"""While an outage lasts, a process tells each event of it once in this time."""

NO_OUTAGE = (AuthenticationError, AuthorizationError, MaxConnectionsError)
"""Connection errors by redis-py's classes, although the server is available."""


log = structlog.get_logger()


def is_outage(error: BaseException) -> bool:
    """Whether Postgres or Redis is unavailable or refuses, so that the same call succeeds once the server is back.

    A Postgres that can only be read, is full, or refuses this installation is unavailable too: no work is to blame.
    A statement or lock timeout, a deadlock and a lack of memory are errors, although due work is retried.
    """
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return not isinstance(error, NO_OUTAGE)
    if isinstance(error, redis.RedisError):
        return refusal_of(error) is not None
    return isinstance(error, DBAPIError) and is_away(error)


def in_one_line(error: BaseException) -> str:
    """Returns the error's type and the server's or driver's message, without the statement.

    For a refused connection it is the sentence that says what to correct; for several hosts, what each one said.
    """
    told = (refusal(error) or message(error)) if isinstance(error, DBAPIError) else _first_line(str(error))
    return f"{type(error).__name__}: {told or 'no answer'}"


def log_error(log: Any, event: str, error: BaseException, **keys: Any) -> None:
    """Logs the error of work that is retried: an outage in one line, anything else with its traceback.

    An outage is a warning at first and then at most once in REPEAT_S; in between the lines are of level DEBUG. One that
    ends only when somebody corrects something is an error. Call it where the error is caught.
    """
    told = {**context_of(error), "error": in_one_line(error), **keys}
    if not is_outage(error):
        log.error(event, exc_info=error, **told)
    elif not _TOLD.is_due(event, error):
        log.debug(event, **told)
    elif refusal(error):
        log.error(event, **told)
    else:
        log.warning(event, **told)


class _Told:
    """When this process last told each event of an outage, by the server's kind; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], float] = {}

    def is_due(self, event: str, error: BaseException) -> bool:
        """Whether the event is to be told now; it then counts as told."""
        now, key = time.monotonic(), (event, _kind(error))
        with self._lock:
            due = now - self._last.get(key, -REPEAT_S) >= REPEAT_S
            if due:
                self._last[key] = now
        return due

    def forget(self) -> None:
        with self._lock:
            self._last.clear()


_TOLD = _Told()


def forget_told() -> None:
    """Lets every outage be told anew, as in a new process."""
    _TOLD.forget()


def _first_line(told: str) -> str:
    return told.strip().partition("\n")[0]


def _kind(error: BaseException) -> str:
    """Returns which outage it is: other words are due at once."""
    if not isinstance(error, DBAPIError):
        return "redis"
    return "refused" if refusal(error) else "read-only" if is_read_only(error) else "postgres"


def log_unless_away(error: Exception) -> None:
    """Logs an error of the cache, which callers go on without: an outage once, any other error with its traceback."""
    if not isinstance(error, redis.RedisError):
        return
    if is_outage(error):
        CACHE.failed(error)
    else:
        log.error("redis_failed", error=in_one_line(error), exc_info=error)


@contextmanager
def may_lack_redis() -> Iterator[None]:
    """Suppresses errors of the cache in its body, which are logged as `log_unless_away` does."""
    try:
        yield
    except redis.RedisError as error:
        log_unless_away(error)
