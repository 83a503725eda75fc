"""The stack under drill: `chorus up` with both sandboxes as a process of its own, and the bots and people in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import redis
import requests
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.adapters.clock import SystemClock
from app.cli.demo.demo_fleet import make_demo_fleet
from app.cli.demo.sandbox_client import SandboxClient, seed
from app.cli.stack.ports import find_free
from app.config import Settings
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.services.settings.values import write_settings
from sandbox.journal import read_journal

ROOT = Path(__file__).resolve().parent.parent
POINTS = ROOT / "drills" / "points"
START_S, START_AGAIN_S, STOP_S = 120.0, 60.0, 60.0
TOKENS_A_REQUEST = 5_000
"""High limits, so that the limit on requests is the one reached."""
NAMES = {
    "bin/postgres": "postgres",
    "sandbox telegram": "sandbox-telegram",
    "sandbox llm": "sandbox-llm",
    "gunicorn": "web",
    "-n ticks": "worker-ticks",
    "-n io": "worker-io",
    " beat ": "beat",
    "app.cli.main poll": "poller",
    " flower ": "flower",
}
"""Process names by a fragment of their command line."""

KINDS = (*NAMES.values(), "redis-broker", "redis-cache")
"""All kinds of processes of a stack."""


class DrillError(Exception):
    """The drill cannot continue; the message says what did not happen."""


def wait_until(condition: Callable[[], object], *, within: float, what: str) -> None:
    """Returns once `condition` is true. Raises DrillError after `within` seconds, naming `what`."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise DrillError(f"{what} did not come true within {within:g} s")
        time.sleep(0.05)


@dataclass
class Stack:
    """A running stack in a folder of its own. Times are unix seconds."""

    folder: Path
    process: subprocess.Popen[bytes]
    settings: Settings
    sandbox: SandboxClient
    _people: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @cached_property
    def engine(self) -> Engine:
        """The drill's own engine on Postgres."""
        return create_db_engine(self.settings.database_url, pool_size=2)

    @property
    def sessions(self) -> SessionFactory:
        return create_session_factory(self.engine)

    @property
    def armed(self) -> Path:
        """The file that arms a point of a send (drills/points)."""
        return self.folder / "points" / "armed"

    @property
    def var(self) -> Path:
        return self.folder / "var"

    def create_fleet(self, bots: int, chats: int, settings: Mapping[str, Any]) -> None:
        """Adds bots to chats, with `settings` over those of the demo."""
        fleet = make_demo_fleet(bots, chats)
        self.sandbox.create_fleet(fleet)
        seed(self.settings, self.sessions, fleet)
        self.set(settings)

    def set(self, settings: Mapping[str, Any]) -> None:
        """Changes settings of the fleet as an operator does."""
        write_settings(self.sessions, settings, "drill", SystemClock())

    def send_people(self, mention_every: float, chatter_every: float) -> None:
        """Starts simulated people in every chat, until `stop_people`."""
        argv = [sys.executable, "-m", "sandbox", "people", "--control-url", str(self.settings.sandbox_control_url)]
        argv += ["--mention-every", str(mention_every), "--chatter-every", str(chatter_every), "--for", "999999"]
        with (self.folder / "people.log").open("ab") as log:
            self._people.append(
                subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
            )

    def stop_people(self) -> None:
        """Stops the simulated people."""
        while self._people:
            process = self._people.pop()
            process.terminate()
            process.wait(STOP_S)

    def children(self) -> dict[str, psutil.Process]:
        """Returns the supervised processes by name. A Redis server is identified by its port only."""
        marks = NAMES | {
            f"redis-server 127.0.0.1:{urlsplit(url).port}": name
            for name, url in (("redis-broker", self.settings.broker_url), ("redis-cache", self.settings.cache_url))
        }
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            found |= {name: child for mark, name in marks.items() if mark in line}
        return found

    def find(self, name: str) -> psutil.Process:
        """Returns the process `name`, once it runs: an earlier fault may have ended it. Raises DrillError."""
        wait_until(lambda: name in self.children(), within=START_AGAIN_S, what=f"{name} running")
        return self.children()[name]

    def wait_for_another(self, name: str, pid: int) -> None:
        """Waits until another process replaces the one with `pid`."""
        wait_until(
            lambda: (other := self.children().get(name)) is not None and other.pid != pid,
            within=START_AGAIN_S,
            what=f"{name} started again",
        )
        if name == "postgres":
            wait_until(self._postgres_answers, within=START_AGAIN_S, what="Postgres answering again")

    def _postgres_answers(self) -> bool:
        try:
            with self.engine.connect():
                return True
        except OperationalError:
            return False

    def journal(self, name: str) -> list[dict[str, Any]]:
        """Returns the journal of a sandbox (`telegram`, `llm`) so far."""
        return list(read_journal(self.var / "sandbox" / f"{name}.jsonl"))

    def redis(self) -> tuple[redis.Redis, redis.Redis]:
        """Returns the broker and the cache."""
        return redis.Redis.from_url(self.settings.broker_url), redis.Redis.from_url(self.settings.cache_url)

    def fault(self, kind: str, **body: Any) -> None:
        """Activates a fault at the Telegram sandbox, once that answers: it may be restarting after a fault."""

        def put() -> bool:
            try:
                url = f"{self.settings.sandbox_control_url}/faults"
                requests.post(url, json={"kind": kind, **body}, timeout=10).raise_for_status()
            except requests.ConnectionError:
                return False
            return True

        wait_until(put, within=START_AGAIN_S, what="the Telegram sandbox answering")

    def check_alive(self) -> None:
        """Raises DrillError with the last lines of the stack's output when it has ended."""
        if self.process.poll() is not None:
            raise DrillError(f"the stack ended:\n{(self.folder / 'up.log').read_text(errors='replace')[-3000:]}")


@contextmanager
def running_stack(folder: Path, *, rpm: int = 600, database_url: str | None = None) -> Iterator[Stack]:
    """Runs a stack in `folder`, new or stopped before, until the block ends. Raises DrillError.

    Its language model allows `rpm` requests a minute; `database_url` names a Postgres of the drill's own.
    """
    (folder / "points").mkdir(parents=True, exist_ok=True)
    port = find_free()
    argv = [sys.executable, "-m", "app.cli.main", "up", "--var", str(folder / "var"), "--web-port", str(port)]
    argv += ["--telegram-url", "sandbox", "--llm-url", "sandbox"]
    environment = _environment(folder, rpm) | ({"DATABASE_URL": database_url} if database_url else {})
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    stack = None
    try:
        wait_until(lambda: process.poll() is not None or _serves(port), within=START_S, what="the stack")
        settings = _read_settings(folder / "var", database_url).model_copy(update={"web_port": port})
        stack = Stack(folder, process, settings, SandboxClient(str(settings.sandbox_control_url)))
        stack.check_alive()
        yield stack
    finally:
        if stack is not None:
            stack.stop_people()
            stack.engine.dispose()
        _stop(process)


def left_running(var: Path) -> int:
    """Counts processes that still belong to the stack in `var`."""
    count = 0
    for process in psutil.process_iter():
        try:
            count += process.environ().get("VAR_DIR") == str(var)
        except psutil.Error:
            continue
    return count


def _environment(folder: Path, rpm: int) -> dict[str, str]:
    own = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY", "ENCRYPTION_KEYS")
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in own}
    return inherited | {
        "PYTHONPATH": f"{POINTS}{os.pathsep}{ROOT}",
        "CHORUS_DRILL_ARMED": str(folder / "points" / "armed"),
        "LLM_RPM": str(rpm),
        "LLM_TPM": str(rpm * TOKENS_A_REQUEST),
        "LLM_MODEL": "sandbox-1",
        "LOG_FORMAT": "json",
        "FLOWER_PORT": str(find_free()),
    }


def _read_settings(var: Path, database_url: str | None) -> Settings:
    own = ("broker_url", "cache_url") if database_url else ("database_url", "broker_url", "cache_url")
    keys = {name: (var / "keys" / name).read_text().strip() for name in own}
    keys |= {"database_url": database_url} if database_url else {}
    ports: dict[str, int] = json.loads((var / "ports.json").read_text())
    return Settings.from_env(
        **keys,
        secret_key=(var / "keys" / "secret_key").read_text().strip(),
        encryption_keys=(var / "keys" / "encryption_key").read_text().strip(),
        telegram_url=f"http://127.0.0.1:{ports['sandbox-telegram']}",
        sandbox_control_url=f"http://127.0.0.1:{ports['sandbox-telegram-control']}",
    )


def _serves(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
