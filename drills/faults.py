"""The faults that a drill injects into a running stack: functions with one signature.

A fault takes the stack and its duration in seconds, returns once it is over, and returns how many sends it may have
interrupted between their claim and their record.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg2
from sqlalchemy import text

from drills import redis_faults
from drills.failover import be_read_only
from drills.kills import POINTS, SENDER, count_under_way, kill, kill_at, signal_and_count
from drills.poison import poison
from drills.stack import KINDS, Stack

Inject = Callable[[Stack, float], int]
AWAY_S, READ_ONLY_S = 30.0, 15.0
IDLE_CONNECTIONS = 300
CUT = text(
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and application_name = 'chorus'"
)


@dataclass(frozen=True)
class Fault:
    """One fault. `longest_s` is its maximum duration, 0 for an instantaneous one."""

    name: str
    inject: Inject
    longest_s: float = 0.0


def flush_redis(stack: Stack, seconds: float) -> int:
    """Runs FLUSHALL on broker and cache."""
    for client in stack.redis():
        with client:
            client.flushall()
    return 0


def restart_redis(stack: Stack, seconds: float) -> int:
    """Restarts broker and cache by SIGTERM, an orderly shutdown."""
    return sum(kill(stack, name, signal.SIGTERM) for name in ("redis-broker", "redis-cache"))


def restart_postgres(stack: Stack, seconds: float) -> int:
    """Restarts Postgres by a fast shutdown (https://www.postgresql.org/docs/18/server-shutdown.html)."""
    return kill(stack, "postgres", signal.SIGINT)


def take_postgres_away(stack: Stack, seconds: float) -> int:
    """Stops Postgres and prevents its restart for a while by moving its configuration."""
    with _missing(stack.var / "postgres" / "postgresql.conf"):
        victim = stack.find("postgres")
        cut_off = signal_and_count(stack, victim, signal.SIGINT)
        time.sleep(seconds)
    stack.wait_for_another("postgres", victim.pid)
    return cut_off


def cut_connections(stack: Stack, seconds: float) -> int:
    """Terminates all connections to the database, every second."""
    cut_off, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with stack.engine.connect() as connection:
            cut_off += count_under_way(stack)
            connection.execute(CUT)
        time.sleep(1.0)
    return cut_off


def hold_connections(stack: Stack, seconds: float) -> int:
    """Holds 300 idle connections to the database."""
    with ExitStack() as held:
        for _ in range(IDLE_CONNECTIONS):
            held.enter_context(closing(psycopg2.connect(stack.settings.database_url, connect_timeout=5)))
        time.sleep(seconds)
    return 0


def trouble_telegram(stack: Stack, seconds: float, *, kind: str, settings: dict[str, object]) -> int:
    """Injects a fault into the Telegram sandbox for a while. Interrupted answers are counted from its journal."""
    stack.fault(kind, for_s=seconds, **settings)
    time.sleep(seconds)
    return 0


def reset_telegram(stack: Stack, seconds: float) -> int:
    """Drops connections to Telegram before and after a call was accepted."""
    stack.fault("drop_before", for_s=seconds, probability=0.1)
    stack.fault("drop_after", for_s=seconds, probability=0.1)
    time.sleep(seconds)
    return 0


def fail_answers(stack: Stack, seconds: float) -> int:
    """Answers accepted messages with 500, 502 and 504, as overloaded servers and proxies do."""
    for status in (500, 502, 504):
        stack.fault("status_after", for_s=seconds, status=status, probability=0.1)
    time.sleep(seconds)
    return 0


def _kill(name: str) -> Inject:
    return lambda stack, seconds: kill(stack, name)


def _kill_at(point: str) -> Inject:
    return lambda stack, seconds: kill_at(stack, point)


def _telegram(kind: str, **settings: object) -> Inject:
    return partial(trouble_telegram, kind=kind, settings=settings)


@contextmanager
def _missing(file: Path) -> Iterator[None]:
    aside = file.with_name(f"{file.name}.aside")
    file.rename(aside)
    try:
        yield
    finally:
        aside.rename(file)


def _refuse(server: str, kind: str, longest_s: float = redis_faults.REFUSE_S) -> Fault:
    return Fault(f"{server} {kind}", partial(redis_faults.refuse, server=server, kind=kind), longest_s)


FAILED_ANSWERS = Fault("5xx after acceptance", fail_answers, 60.0)
LATENCY = Fault("latency to Telegram", _telegram("latency", seconds=2.0, probability=0.3), 60.0)
RESETS = Fault("resets to Telegram", reset_telegram, 60.0)

RANDOM: tuple[Fault, ...] = (
    *(Fault(f"kill -9 {name}", _kill(name)) for name in KINDS),
    *(Fault(f"kill -9 {point}", _kill_at(point)) for point in POINTS),
    Fault("FLUSHALL", flush_redis),
    Fault("Redis restarted", restart_redis),
    Fault("Postgres restarted", restart_postgres),
    Fault("Postgres away", take_postgres_away, AWAY_S),
    Fault("Postgres read-only", be_read_only, READ_ONLY_S),
    Fault("Telegram 5xx", _telegram("status", status=502, probability=0.5), 10.0),
    Fault("5xx after acceptance", fail_answers, 10.0),
    Fault("resets before acceptance", _telegram("drop_before", probability=0.3), 10.0),
    Fault("resets after acceptance", _telegram("drop_after", probability=0.3), 10.0),
    Fault("429 storm", _telegram("flood", probability=0.5, retry_after=2), 10.0),
    Fault("updates twice", _telegram("duplicate_updates", probability=0.5), 10.0),
    Fault("updates out of order", _telegram("reorder_updates", probability=0.5), 10.0),
    Fault("poisoned texts", poison, 5.0),
    *(_refuse(server, kind, 5.0) for server in ("broker", "cache") for kind in redis_faults.SETTINGS),
)
"""Faults of `make faults`, in random order."""

SINGLE: tuple[Fault, ...] = (
    Fault("worker killed", _kill(SENDER)),
    Fault("Postgres restarted", restart_postgres),
    Fault("Postgres read-only for 15 s", be_read_only, READ_ONLY_S),
    Fault("database connections cut for 60 s", cut_connections, 60.0),
    Fault("300 idle connections for 60 s", hold_connections, 60.0),
    Fault("Redis restarted", restart_redis),
    Fault("Redis flushed", flush_redis),
    LATENCY,
    RESETS,
    FAILED_ANSWERS,
    *(_refuse("broker", kind) for kind in redis_faults.SETTINGS),
    _refuse("cache", "OOM"),
)
"""Faults of `make soak`, one after another, each with time to recover."""
