"""An embedded PostgreSQL server: its data folder, its command line, its address."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from app.cli.stack.errors import StackError
from app.cli.stack.launch import run_program, tether
from app.cli.stack.postgres_programs import VERSION, PostgresPrograms

USER = "chorus"
DATABASE = "chorus"
LEAVING_SECONDS = 10.0
_INITDB_SECONDS = 120
_CAREFUL = {"log_timezone": "UTC", "timezone": "UTC", "max_connections": "400", "log_min_messages": "warning"}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A server on the loopback address with password authentication.

    `durable=False` trades durability for speed, for tests.
    """

    programs: PostgresPrograms
    data_dir: Path
    port: int
    password: str
    durable: bool = True

    @property
    def argv(self) -> tuple[str, ...]:
        """The server's command line, to be run behind `programs.prefix`."""
        place = ("-D", str(self.data_dir), "-h", "127.0.0.1", "-p", str(self.port), "-k", "")
        options = _CAREFUL if self.durable else _CAREFUL | _CARELESS
        settings = (word for name, value in options.items() for word in ("-c", f"{name}={value}"))
        return (str(self.programs.bin_dir / "postgres"), *place, *settings)

    def url(self, database: str = DATABASE) -> str:
        """Returns the address of one database, password included."""
        return f"postgresql://{USER}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> bool:
        """Creates the data folder atomically; returns True if it was created now, False if it existed.

        Raises StackError when it belongs to another major version or to a running server, or when `initdb` fails; the
        data is left unchanged.
        """
        if holds_data(self.data_dir):
            self._check_free()
            return False
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.data_dir.parent))
        try:
            self._run_initdb(scratch)
            (scratch / "data").rename(self.data_dir)
        except OSError as error:
            raise StackError(
                f"{self.data_dir} is in the way and is no PostgreSQL data folder ({error.strerror}): "
                "move it, or choose another folder with --var DIR."
            ) from None
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return True

    def answers(self) -> bool:
        """Whether the server accepts connections with its password."""
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def create_database(self, name: str = DATABASE) -> None:
        """Creates a database unless it exists."""
        connection = psycopg2.connect(self.url("postgres"), connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()

    def _check_free(self) -> None:
        """Raises StackError for a running server; removes a stale postmaster.pid, whose pid may be another program's.

        Waits for a server that is shutting down because its supervisor was killed.
        """
        pid_file = self.data_dir / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="ascii").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if _still_serves(pid, self.data_dir):
            raise StackError(
                f"Another PostgreSQL server (pid {pid}) already uses {self.data_dir}: stop it with "
                f"`kill -INT {pid}`, or choose another folder with --var DIR."
            )
        pid_file.unlink(missing_ok=True)

    def _run_initdb(self, scratch: Path) -> None:
        password_file = scratch / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password + "\n", encoding="utf-8")
        if self.programs.owner:
            for path in (scratch, password_file):
                os.chown(path, *self.programs.owner)
        files = (f"--username={USER}", f"--pwfile={password_file}", "-D", str(scratch / "data"))
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        haste = () if self.durable else ("--no-sync",)
        argv = (str(self.programs.bin_dir / "initdb"), "--auth=scram-sha-256", *files, *locale, *haste)
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        result = run_program((*self.programs.prefix, *tether(argv)), timeout=_INITDB_SECONDS, env=env)
        if result.returncode != 0:
            raise StackError(f"PostgreSQL could not make {self.data_dir}:\n{result.stderr.strip()}")


def holds_data(data_dir: Path) -> bool:
    """Whether a data folder exists. Raises StackError when it is one of another major version."""
    stamp = data_dir / "PG_VERSION"
    if not stamp.exists():
        return False
    found = stamp.read_text(encoding="ascii").strip()
    if found != str(VERSION):
        raise StackError(
            f"{data_dir} holds data of PostgreSQL {found}; this Chorus brings PostgreSQL {VERSION}. "
            f"Nothing was changed. Dump it with pg_dump of version {found}, start with another folder "
            "(--var DIR) and restore there; or set DATABASE_URL to a server that can read it."
        )
    return True


def _still_serves(pid: int, data_dir: Path) -> bool:
    """Whether the server is still running after LEAVING_SECONDS."""
    deadline = time.monotonic() + LEAVING_SECONDS
    while _serves(pid, data_dir):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False


def _serves(pid: int, data_dir: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server with `data_dir` as its working folder."""
    process = Path("/proc") / str(pid)
    try:
        name = (process / "comm").read_text(encoding="utf-8").strip()
        return name == "postgres" and (process / "cwd").resolve() == data_dir.resolve()
    except OSError:
        return False
