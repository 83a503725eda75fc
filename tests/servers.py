"""Real servers for tests: PostgreSQL and Redis on free loopback ports, in a folder of their own."""

from __future__ import annotations

import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app.cli.stack.launch import tether
from app.cli.stack.ports import find_free
from app.cli.stack.postgres import PostgresServer
from app.cli.stack.postgres_programs import find_programs
from app.cli.stack.redis import RedisServer, find_redis
from tests.waiting import patience, wait_until

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
LARGE = 1_000_000
"""Bytes of rows from which on dropping a table's files is faster than deleting them."""

TABLES = text(
    "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)
RESTART = text(
    "SELECT setval(format('%I', sequencename)::regclass, start_value, false) FROM pg_sequences "
    "WHERE schemaname = 'public' AND last_value IS NOT NULL"
)


@contextmanager
def running(
    argv: tuple[str, ...],
    log: Path,
    *,
    prefix: tuple[str, ...] = (),
    ready: Callable[[], bool],
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a server until the block ends, or this process does; either way it gets `stop`."""
    with log.open("ab") as out:
        command = (*prefix, *tether(argv, stop))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603
    try:
        wait_until(lambda: process.poll() is not None or ready(), within_s=READY_SECONDS, what=f"{argv[0]} ready")
        assert process.poll() is None, f"{argv[0]} ended: {log.read_text(errors='replace')[-2000:]}"
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(patience(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running_postgres(folder: Path) -> Iterator[PostgresServer]:
    """A new, empty PostgreSQL server with its data below `folder`."""
    programs = find_programs(folder, shared_home=folder / "shared")
    password = secrets.token_hex(8)
    server = PostgresServer(programs, programs.place(folder / "postgres"), find_free(), password, durable=False)
    server.initialise()
    log = folder / "postgres.log"
    with running(server.argv, log, prefix=programs.prefix, ready=server.answers, stop=signal.SIGQUIT):
        yield server


@contextmanager
def running_redis(folder: Path, *, lasting: bool) -> Iterator[RedisServer]:
    """A new, empty Redis with the manners of the broker (`lasting`) or of the cache."""
    server = RedisServer(find_redis(), folder, find_free(), secrets.token_hex(8), lasting)
    server.initialise()
    with running(server.argv, folder / "redis.log", ready=server.answers, stop=signal.SIGKILL):
        yield server


def empty_tables(engine: Engine) -> None:
    """Removes every row of every table, lets numbers begin at 1 again, and keeps the schema.

    A page's last request may still read when its test is over; if the two block each other, this one tries again.
    """
    for _ in range(4):
        with suppress(OperationalError):
            return _empty(engine)
    return _empty(engine)


def _empty(engine: Engine) -> None:
    """Waits for whoever writes; then looks which tables hold rows: TRUNCATE would make new files for all of them."""
    with engine.begin() as connection:
        tables = connection.scalars(TABLES).all()
        connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE"))
        looks = [f"SELECT '{name}', pg_relation_size('{name}') WHERE EXISTS (SELECT FROM {name})" for name in tables]  # noqa: S608
        filled = dict(connection.execute(text(" UNION ALL ".join(looks))).all())
        if sum(filled.values()) > LARGE:
            connection.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
            return
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for name in filled:
            connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608
        connection.execute(RESTART)
