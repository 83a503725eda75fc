"""The bench's own servers: an embedded Postgres, two Redis, the LLM sandbox and real Celery workers.

All are children of this process, on free loopback ports, with data in a folder that is deleted with them.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import psutil
import redis
from celery import Celery
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from app.adapters.celery import CeleryTaskQueue, create_celery
from app.cli.migration import upgrade_to_head
from app.cli.stack.errors import StackError
from app.cli.stack.launch import tether
from app.cli.stack.processes import web_spec
from app.cli.stack.workers import describe_node
from app.config import Settings
from app.db import create_db_engine
from tests.servers import empty_tables, running_postgres, running_redis

ROOT = Path(__file__).resolve().parent.parent
READY_S = 60.0
STOP_S = 10.0
LAST_WORDS = 2000
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class RigError(click.ClickException):
    """The bench cannot run here; all processes it started have been stopped."""

    exit_code = 2


@dataclass(frozen=True)
class Rig:
    """Migrated, empty servers; `environment` is what a Chorus process needs to connect to them.

    `servers` are the processes of Postgres and of both Redis.
    """

    folder: Path
    engine: Engine
    redis: tuple[redis.Redis, redis.Redis]
    servers: Sequence[psutil.Process]
    celery: Celery
    queue: CeleryTaskQueue
    environment: Mapping[str, str]

    def settings(self, **others: str) -> Settings:
        """Returns the settings of a Chorus process on these servers; `others` are further variables."""
        return _settings({**self.environment, **others})

    def empty(self) -> None:
        """Deletes every row and every key."""
        empty_tables(self.engine)
        for client in self.redis:
            client.flushall()

    @contextmanager
    def llm_sandbox(self, port: int, journal: Path, options: Sequence[str]) -> Iterator[None]:
        """Runs the LLM sandbox on `port` with further command line `options`.

        When the block has ended the journal is complete, including requests that were cut off.
        """
        argv = ("sandbox", "llm", "--port", str(port), "--journal", str(journal), *options)
        with self._started("sandbox", (sys.executable, "-m", *argv), {}) as process:
            self._wait_until(lambda: _listens(port), "sandbox", [process])
            yield
            process.terminate()
            process.wait(STOP_S)

    @contextmanager
    def workers(
        self, count: int, variables: Mapping[str, str], node: str = "generation"
    ) -> Iterator[list[psutil.Process]]:
        """Runs `count` processes as `chorus worker NODE` does, with `variables` in their environment.

        When the block begins all of them have answered a ping.
        """
        with ExitStack() as stack:
            processes, names = [], set()
            for number in range(count):
                worker = describe_node(node, shards=1, number=number)
                names.add(worker.node_name)
                own = {**worker.environment, **variables}
                processes.append(stack.enter_context(self._started(worker.label, worker.argv, own)))
            self._wait_until(lambda: names <= self._answering(), worker.label, processes)
            yield [psutil.Process(process.pid) for process in processes]

    def _answering(self) -> set[str]:
        """Returns the workers that answer a ping."""
        return {name for answer in self.celery.control.ping(timeout=0.5) for name in answer}

    @contextmanager
    def web(self, port: int) -> Iterator[None]:
        """Runs the admin as `chorus up` does, on `port`."""
        spec = web_spec(_settings({**self.environment, "WEB_PORT": str(port)}))
        with self._started("web", spec.argv, {}) as process:
            self._wait_until(lambda: _listens(port), "web", [process])
            yield

    def _wait_until(self, ready: Callable[[], bool], name: str, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        """Waits until `ready`. Raises RigError with the last lines of `name` when one ends, or on a timeout."""
        deadline = time.monotonic() + READY_S
        while not ready():
            if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
                log = (self.folder / f"{name}.log").read_text(errors="replace")
                raise RigError(f"{name} did not start:\n{log[-LAST_WORDS:]}")
            time.sleep(0.05)

    @contextmanager
    def _started(self, name: str, argv: Sequence[str], own: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """Runs a process that is killed when the block or this process ends: its data is disposable."""
        env = {**self.environment, **own}
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                tether(tuple(argv)), cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def open_rig() -> Iterator[Rig]:
    """Runs servers until the block ends. Raises RigError where Postgres or Redis is not available."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chorus-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        try:
            postgres = stack.enter_context(running_postgres(folder))
            broker = stack.enter_context(running_redis(folder / "broker", lasting=True))
            cache = stack.enter_context(running_redis(folder / "cache", lasting=False))
        except StackError as error:
            raise RigError(str(error)) from None
        postgres.create_database()
        engine = create_db_engine(postgres.url())
        stack.callback(engine.dispose)
        upgrade_to_head(engine)
        environment = _describe_environment(postgres.url(), broker.url, cache.url)
        celery = create_celery(_settings(environment))
        clients = (redis.Redis.from_url(broker.url), redis.Redis.from_url(cache.url))
        queue = CeleryTaskQueue(celery, clients[1])
        yield Rig(folder, engine, clients, _find_servers(engine, clients), celery, queue, environment)


def _find_servers(engine: Engine, clients: Sequence[redis.Redis]) -> list[psutil.Process]:
    """Returns the postmaster, found by one of its children, and each Redis by the pid it reports."""
    with engine.connect() as connection:
        postmaster = psutil.Process(connection.scalar(text("select pg_backend_pid()"))).parent()
    found = [psutil.Process(client.info("server")["process_id"]) for client in clients]
    return [*found, postmaster] if postmaster else found


def _describe_environment(database_url: str, broker_url: str, cache_url: str) -> dict[str, str]:
    """Returns the whole environment of a child, without the operator's configuration."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "CACHE_URL": cache_url,
        "SECRET_KEY": secrets.token_hex(32),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "OPENAI_API_KEY": "sk-bench",
        "SHARDS": "1",
        "LOG_FORMAT": "json",
    }


def _settings(environment: Mapping[str, str]) -> Settings:
    names = Settings.model_fields.keys()
    given = {name.lower(): value for name, value in environment.items() if name.lower() in names}
    return Settings.from_env(_env_file=None, **given)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
