"""A primary and its standby as a fail-over finds them, beside the stack that uses both."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg2

from app.cli.stack.launch import run_program, tether
from app.cli.stack.ports import find_free
from app.cli.stack.postgres import PostgresServer
from app.cli.stack.postgres_programs import PostgresPrograms, find_programs
from drills.kills import SENDER, count_under_way
from drills.stack import DrillError, Stack, wait_until

READY_S = 60.0
SYNCHRONOUS = ("-c", "synchronous_standby_names=*")
"""A commit is confirmed once the standby has it: what the fleet believes survives the primary."""

STREAMING = "select count(*) from pg_stat_replication where state = 'streaming' and sync_state = 'sync'"
OPEN_TRANSACTIONS = "select count(*) from pg_stat_activity where application_name = 'chorus' and xact_start is not null"
IN_RECOVERY = "select pg_is_in_recovery()"


@dataclass
class Pair:
    """Two running servers of one database; `url` names both."""

    primary: PostgresServer
    standby: PostgresServer
    primary_process: psutil.Process

    @property
    def url(self) -> str:
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return self.primary.url().replace(f"127.0.0.1:{self.primary.port}", hosts)

    def set_read_only(self, on: bool) -> None:
        """Makes the primary refuse writes, in sessions that exist too, or take them again."""
        set_read_only(self.primary.url("postgres"), on)

    def fail_over(self) -> None:
        """Kills the primary with all its sessions, and promotes the standby."""
        processes = [self.primary_process, *self.primary_process.children(recursive=True)]
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, READY_S)
        standby = self.standby.url("postgres")
        ask(standby, "select pg_promote()")
        wait_until(lambda: ask(standby, IN_RECOVERY) is False, within=READY_S, what="the promotion")


@contextmanager
def running_pair(folder: Path) -> Iterator[Pair]:
    """Runs a primary with an empty database, and a standby that has every commit, until the block ends.

    Raises DrillError.
    """
    programs, password = find_programs(folder, shared_home=folder / "shared"), secrets.token_hex(16)
    primary, standby = (
        PostgresServer(programs, programs.place(folder / name), find_free(), password) for name in ("first", "second")
    )
    primary.initialise()
    with ExitStack() as servers:
        process = servers.enter_context(_running(primary, folder / "first.log", SYNCHRONOUS))
        _copy(programs, primary, standby)
        servers.enter_context(_running(standby, folder / "second.log"))
        wait_until(lambda: ask(primary.url("postgres"), STREAMING) == 1, within=READY_S, what="the replication")
        primary.create_database()
        yield Pair(primary, standby, process)


def be_read_only(stack: Stack, seconds: float) -> int:
    """Makes the stack's Postgres refuse writes for a while; returns the sends whose outcome may not be recorded.

    The sender is stopped meanwhile: sends that are claimed, and transactions that may hold a claim, are counted.
    """
    url = stack.settings.database_url
    sender = stack.find(SENDER)
    sender.suspend()
    try:
        cut_off = count_under_way(stack)
        set_read_only(url, on=True)
        cut_off += int(str(ask(url, OPEN_TRANSACTIONS)))
    finally:
        sender.resume()
    try:
        time.sleep(seconds)
    finally:
        set_read_only(url, on=False)
    return cut_off


def set_read_only(url: str, on: bool) -> None:
    """Makes a server refuse writes, in sessions that exist too, or take them again."""
    ask(url, f"alter system set default_transaction_read_only = {'on' if on else 'off'}")
    ask(url, "select pg_reload_conf()")


def ask(url: str, statement: str) -> object:
    """Runs one statement as an administrator does, also while sessions are read-only; returns its first value."""
    options = "-c default_transaction_read_only=off"
    with closing(psycopg2.connect(url, connect_timeout=5, options=options)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


def _copy(programs: PostgresPrograms, primary: PostgresServer, standby: PostgresServer) -> None:
    """Makes the data folder of a standby that follows the primary (pg_basebackup)."""
    source = ("-d", primary.url("postgres"), "-D", str(standby.data_dir))
    argv = (str(programs.bin_dir / "pg_basebackup"), *source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
    done = run_program((*programs.prefix, *tether(argv)), timeout=READY_S, env={"PATH": os.environ.get("PATH", "")})
    if done.returncode != 0:
        raise DrillError(f"the standby could not be made: {done.stderr.strip()}")


@contextmanager
def _running(server: PostgresServer, log: Path, more: tuple[str, ...] = ()) -> Iterator[psutil.Process]:
    command = (*server.programs.prefix, *tether((*server.argv, *more), signal.SIGQUIT))
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)  # noqa: S603
    try:
        wait_until(lambda: process.poll() is not None or server.answers(), within=READY_S, what="a server answering")
        if process.poll() is not None:
            raise DrillError(f"a server ended: {log.read_text(errors='replace')[-2000:]}")
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(READY_S)
