"""The embedded servers of an installation: those whose address the operator did not give."""

from __future__ import annotations

import secrets
import signal
from dataclasses import dataclass

from app.cli.stack.environment import is_configured
from app.cli.stack.errors import StackError
from app.cli.stack.home import Home
from app.cli.stack.plan import ProcessSpec
from app.cli.stack.ports import PortBook
from app.cli.stack.postgres import PostgresServer, holds_data
from app.cli.stack.postgres_programs import find_programs
from app.cli.stack.redis import RedisServer, find_redis


@dataclass(frozen=True)
class EmbeddedServers:
    """The servers that run embedded; None or empty where the operator provides one."""

    postgres: PostgresServer | None
    redis: dict[str, RedisServer]

    @property
    def urls(self) -> dict[str, str]:
        """Returns addresses by the variable that holds them."""
        urls = {f"{name.upper()}_URL": server.url for name, server in self.redis.items()}
        if self.postgres is not None:
            urls["DATABASE_URL"] = self.postgres.url()
        return urls

    def initialise(self) -> None:
        """Creates data folders and configuration. Raises StackError; see PostgresServer.initialise."""
        for server in self.redis.values():
            server.initialise()
        if self.postgres is not None:
            self.postgres.initialise()

    @property
    def specs(self) -> tuple[ProcessSpec, ...]:
        """Returns the servers as supervised processes."""
        caches = tuple(_redis_spec(name, server) for name, server in self.redis.items())
        return caches if self.postgres is None else (_postgres_spec(self.postgres), *caches)


def choose_servers(home: Home, ports: PortBook) -> EmbeddedServers:
    """Returns the servers that `home` needs, on their earlier ports. Raises StackError when a program is missing."""
    postgres = None
    if not is_configured("DATABASE_URL"):
        postgres = _choose_postgres(home, ports)
    wanted = [name for name in ("broker", "cache") if not is_configured(f"{name.upper()}_URL")]
    if not wanted:
        return EmbeddedServers(postgres, {})
    program = find_redis()
    password = home.secret("redis_password", lambda: secrets.token_hex(24))
    servers = {
        name: RedisServer(
            program, home.path / f"redis-{name}", ports.choose(f"redis-{name}"), password, lasting=name == "broker"
        )
        for name in wanted
    }
    return EmbeddedServers(postgres, servers)


def _choose_postgres(home: Home, ports: PortBook) -> PostgresServer:
    programs = find_programs(home.path)
    place = programs.place(home.path / "postgres")
    lost = [name for name in ("postgres_password", "encryption_key") if not (home.keys / name).exists()]
    if holds_data(place) and lost:
        raise StackError(
            f"{home.keys / lost[0]} is missing, and the data in {place} cannot be used without it: put it back from "
            "your backup, or choose another folder with --var DIR."
        )
    return PostgresServer(programs, place, ports.choose("postgres"), home.secret("postgres_password"))


def _postgres_spec(server: PostgresServer) -> ProcessSpec:
    """Returns the process: fast shutdown on request, immediate (recovered from the WAL) if the supervisor is killed."""
    return ProcessSpec(
        name="postgres",
        argv=server.argv,
        prefix=server.programs.prefix,
        env={"LC_ALL": "C"},
        stop_signal=signal.SIGINT,
        graceful_timeout=20.0,
        death_signal=signal.SIGQUIT,
        wait_ready=server.answers,
    )


def _redis_spec(name: str, server: RedisServer) -> ProcessSpec:
    return ProcessSpec(name=f"redis-{name}", argv=server.argv, wait_ready=server.answers)
