"""One run of the demo: setup, conversation, drain, report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import psutil

from app.adapters.clock import SystemClock
from app.cli.demo.demo_fleet import make_demo_fleet
from app.cli.demo.feed import Feed
from app.cli.demo.sandbox_client import SandboxClient, seed
from app.cli.demo.startup import FirstMessage, read_startup
from app.cli.stack.composition import Composition
from app.cli.stack.console import Reporter
from app.db import SessionFactory, create_db_engine, create_session_factory
from app.logs import PROCESS_NAME
from app.services.overview.overview import count_states, is_at_rest
from app.services.settings.values import write_settings

REST_S = 45.0
STOP_S = 10.0
LOOK_S = 0.25
CROWD = 24
"""Bots of a demo up to which each one's answers are judged."""

TELEGRAM_JOURNAL, LLM_JOURNAL = "telegram.jsonl", "llm.jsonl"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The options of a run; times in seconds. `seconds` None means until Ctrl-C. `like` is a provider to imitate,
    `llm_url` a server of the operator's own instead.
    """

    bots: int
    chats: int
    replay: Path | None
    speed: float
    mention_every: float
    seconds: float | None
    report: str | None
    replay_chat: str | None = None
    like: str | None = None
    llm_url: str | None = None

    @property
    def expected(self) -> str:
        """Returns by which promises the run is judged."""
        if self.llm_url:
            return "own"
        return "crowd" if self.bots > CROWD else "demo"


@dataclass
class Outcome:
    """The result of a run for the report: its window in unix seconds, and the number of utterances by state."""

    started: float = 0.0
    ended: float = 0.0
    settled: float = 0.0
    states: dict[str, int] | None = None


class Run:
    """The demo's part while the stack is up: called in a thread, ends by setting `stop`."""

    def __init__(self, options: DemoOptions, composition: Composition, stop: threading.Event, reporter: Reporter):
        self._options = options
        self._composition = composition
        self._stop = stop
        self._reporter = reporter
        self.outcome = Outcome()

    def __call__(self) -> None:
        """Seeds the fleet, lets it run, waits until all open work has ended, and stops the stack."""
        settings = self._composition.settings
        sandbox = SandboxClient(str(settings.sandbox_control_url))
        engine = create_db_engine(settings.database_url, pool_size=2)
        sessions = create_session_factory(engine)
        try:
            self._play(sandbox, sessions)
        finally:
            engine.dispose()
            self._stop.set()

    def _play(self, sandbox: SandboxClient, sessions: SessionFactory) -> None:
        options = self._options
        fleet = make_demo_fleet(options.bots, options.chats)
        self._reporter.begin(f"Bringing {options.bots} bots into {options.chats} groups")
        sandbox.create_fleet(fleet)
        seed(self._composition.settings, sessions, fleet)
        self._reporter.end("done")
        first_chat = fleet.chats[0][0]
        if options.replay:
            sandbox.begin_replay(first_chat, options.replay, options.speed, options.seconds, options.replay_chat)
        people = self._send_people([chat_id for chat_id, _, _ in fleet.chats], first_chat if options.replay else None)
        self.outcome.started = time.time()
        looks = [FirstMessage(journals(self._composition) / TELEGRAM_JOURNAL, self._reporter).look]
        if options.report is None or sys.stderr.isatty():
            looks.append(Feed(sandbox, fleet).show)
        try:
            self._wait(options.seconds, looks)
        finally:
            _end(people)
            self.outcome.ended = time.time()
        if options.replay:
            sandbox.end_replay(first_chat)
        if options.seconds is not None:
            self._come_to_rest(sessions)

    def _send_people(self, chats: list[int], replayed: int | None) -> subprocess.Popen[bytes]:
        """Starts simulated people who mention the bots in every group, and chat where no replay runs."""
        options = self._options
        argv = [sys.executable, "-m", "sandbox", "people"]
        argv += ["--control-url", str(self._composition.settings.sandbox_control_url)]
        argv += ["--mention-every", str(options.mention_every), "--chatter-every", "9"]
        argv += ["--for", str(options.seconds or 999_999)]
        argv += [word for chat in chats for word in ("--chat", str(chat))]
        argv += [word for chat in chats[:20] if chat != replayed for word in ("--chatter-chat", str(chat))]
        log = (self._composition.home.logs / "people.log").open("ab")
        with log:
            env = {**os.environ, PROCESS_NAME: "people"}
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)  # noqa: S603

    def _wait(self, seconds: float | None, looks: Sequence[Callable[[], None]]) -> None:
        deadline = time.monotonic() + (seconds if seconds is not None else float("inf"))
        while not self._stop.wait(LOOK_S) and time.monotonic() < deadline:
            for look in looks:
                look()

    def _come_to_rest(self, sessions: SessionFactory) -> None:
        """Stops new topics and waits at most 45 seconds for the answers to mentions."""
        self._reporter.begin("Letting every answer arrive")
        write_settings(sessions, {"speak_probability": 0.0}, "demo", SystemClock())
        deadline = time.monotonic() + REST_S
        while time.monotonic() < deadline and not self._stop.is_set():
            if is_at_rest(sessions):
                break
            self._stop.wait(LOOK_S)
        self.outcome.settled = time.time()
        self.outcome.states = count_states(sessions)
        self._reporter.end("done")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process, by force when it takes longer than STOP_S."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def journals(composition: Composition) -> Path:
    """The folder in which the sandboxes keep their journals."""
    return composition.home.path / "sandbox"


def judge(composition: Composition, outcome: Outcome, form: str, expected: str) -> int:
    """Prints the report on the sandboxes' journals; returns exit status 1 when an expectation failed."""
    folder = journals(composition)
    states = folder / "utterances.json"
    states.write_text(json.dumps(outcome.states or {}), encoding="utf-8")
    startup = read_startup()
    argv = [sys.executable, "-m", "sandbox", "report", "--format", form]
    argv += ["--telegram-journal", str(folder / TELEGRAM_JOURNAL)]
    if (folder / LLM_JOURNAL).exists():
        argv += ["--llm-journal", str(folder / LLM_JOURNAL)]
    argv += ["--begun", str(startup.begun)]
    if startup.setup_s is not None:
        argv += ["--setup-s", str(startup.setup_s), "--environment-mb", str(startup.environment_mb)]
    argv += ["--from", str(outcome.started), "--to", str(outcome.ended), "--settled", str(outcome.settled)]
    argv += ["--utterances-json", str(states), "--expect", expected]
    argv += ["--processes-left", str(count_left(composition.home.path))]
    finished = subprocess.run(argv, check=False, capture_output=True, text=True)  # noqa: S603
    click.echo(finished.stdout, nl=False)
    click.echo(finished.stderr, nl=False, err=True)
    return finished.returncode


def count_left(var: Path) -> int:
    """Counts the processes besides this one that still belong to the installation in `var`."""
    own = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    left = 0
    for process in psutil.process_iter():
        try:
            belongs = process.environ().get("VAR_DIR") == str(var)
        except psutil.Error:
            continue
        left += belongs and process.pid not in own
    return left
