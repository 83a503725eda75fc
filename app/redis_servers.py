"""Both Redis servers as this process sees them: what a refusal is, said once, and said again when it is over.

A server that answers may still take no writes, as after a fail-over or with its memory full: that is an outage.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress

import redis
import structlog
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError

from app import metrics

FIXES: Mapping[str, str] = {
    "READONLY": "it is a replica: wait for the fail-over to end, or name the primary in {variable}",
    "OOM": "its memory is full: raise its maxmemory, or find what fills it with redis-cli --bigkeys",
    "NOREPLICAS": "too few replicas follow it: bring them back, or lower min-replicas-to-write",
    "MISCONF": "it cannot save to its disk: make room there, and see its log",
    "MASTERDOWN": "it is a replica without its primary: bring that back, or name the primary in {variable}",
    "CLUSTERDOWN": "its cluster is not whole: see redis-cli cluster info",
    "TRYAGAIN": "its cluster moves slots: wait",
    "LOADING": "it loads its data: wait",
    "BUSY": "a script blocks it: redis-cli script kill",
    "UNBLOCKED": "it changes its role: wait for the fail-over to end",
}
"""Error codes by which a server refuses for now, and what to do. https://redis.io/docs/latest/develop/reference/protocol-spec/"""

AWAY, DENIED = "AWAY", "DENIED"
OTHERS: Mapping[str, str] = {
    AWAY: "start it, or correct {variable}",
    DENIED: "correct user and password in {variable}, or what the ACL allows this user",
}
_CODE = re.compile(rf"(?:^|[-:] ?)({'|'.join(FIXES)})(?= |$)")
"""The code begins an answer; Redis 6 quotes it after a dash for scripts, redis-py after a colon for pipelines."""

PROBE = "chorus:probe"
"""No such key exists: a SET of an existing key only is refused as every other write is, and changes nothing."""

_DENIALS = (AuthenticationError, AuthorizationError, NoPermissionError)
_UNUSABLE = (redis.ConnectionError, redis.TimeoutError, *_DENIALS)

log = structlog.get_logger()


def refusal_of(error: BaseException | None) -> str | None:
    """Returns the code by which a server refuses commands for now, or None for any other error."""
    if not isinstance(error, redis.RedisError):
        return None
    if error.status_code in FIXES:
        return error.status_code
    found = _CODE.search(str(error))
    return found.group(1) if found else None


def check_writes(client: redis.Redis) -> None:
    """Raises what the server answers to a write, unless the ACL forbids just this one. Changes nothing."""
    with suppress(NoPermissionError):
        client.set(PROBE, "", xx=True)


def tell_refusal(error: BaseException) -> str | None:
    """Returns `refuses writes (CODE text)` for a refusal, or None."""
    code = refusal_of(error)
    if code is None:
        return None
    text = str(error).strip()
    return f"refuses writes ({text if text.startswith(code) else f'{code} {text}'})"


class RedisServer:
    """One of the servers. `name` is broker or cache; `waits` says what stands still without it."""

    def __init__(self, name: str, waits: str) -> None:
        self.name, self._waits = name, waits
        self._lock = threading.Lock()
        self._since: float | None = None
        self._said: set[str] = set()

    def failed(self, error: BaseException) -> None:
        """Counts a failed call, and says so once per outage and kind of failure, with what to do."""
        code = _code_of(error)
        metrics.REDIS_FAILURES.labels(self.name, code).inc()
        with self._lock:
            self._since = time.monotonic() if self._since is None else self._since
            if code in self._said:
                return
            self._said.add(code)
        first = [*_causes(error)][-1]
        told = f"{type(first).__name__}: {' '.join(str(first).split())}"
        log.warning("redis_unusable", server=self.name, reason=code, error=told, detail=self._waits, fix=self.fix(code))

    def worked(self) -> None:
        """Ends an outage, if there is one, and says so. Call it after a write that succeeded."""
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            self._said.clear()
        if since is not None:
            log.warning("redis_usable", server=self.name, seconds=round(time.monotonic() - since, 1))

    def fix(self, code: str) -> str:
        """Returns what to do about a refusal."""
        return {**FIXES, **OTHERS}[code].format(variable=f"{self.name.upper()}_URL")

    def forget(self) -> None:
        """Forgets the outage without a word, as a new process."""
        with self._lock:
            self._since = None
            self._said.clear()


BROKER = RedisServer("broker", "work waits in Postgres")
CACHE = RedisServer("cache", "nothing is sent or generated and nobody can sign in, because limits cannot be counted")


def is_unusable(error: BaseException) -> bool:
    """Whether an error, or one that a library wrapped into it, says that a server is away, refuses, or denies us."""
    return is_told_by_redis(error) or any(isinstance(one, OSError) for one in _causes(error))


def is_told_by_redis(error: BaseException) -> bool:
    """The same, only by errors of the client of Redis: those of the operating system may be others'."""
    return any(isinstance(one, _UNUSABLE) or refusal_of(one) for one in _causes(error))


def _code_of(error: BaseException) -> str:
    if any(isinstance(one, _DENIALS) for one in _causes(error)):
        return DENIED
    return next((code for one in _causes(error) if (code := refusal_of(one))), AWAY)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and those that it was raised from, the innermost last."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__
