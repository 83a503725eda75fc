"""A running demo whose processes are killed, and what the sandboxes' journals and Postgres say afterwards."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.cli.stack.ports import find_free
from tests.servers import wait_until

NAMES = {
    "bin/postgres": "postgres",
    "redis-broker": "redis-broker",
    "redis-cache": "redis-cache",
    "app.sandbox telegram": "sandbox-telegram",
    "app.sandbox llm": "sandbox-llm",
    "gunicorn": "web",
    "-n ticks": "worker-ticks",
    "-n io": "worker-io",
    " beat ": "beat",
    "app.cli.main poll": "poller",
    " flower ": "flower",
}


@dataclass
class Drill:
    """One demo as a process of its own, in a folder of its own."""

    folder: Path
    process: subprocess.Popen[str]

    @classmethod
    def begin(cls, folder: Path, *words: str) -> Drill:
        """Starts the demo with `words` as further arguments; its progress goes to `demo.log`."""
        argv = [sys.executable, "-m", "app.cli.main", "demo", "--var", str(folder / "var"), "--report", "json"]
        argv += ["--web-port", str(find_free()), *words]
        with (folder / "demo.log").open("w") as log:
            process = subprocess.Popen(  # noqa: S603
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return cls(folder, process)

    @property
    def log(self) -> str:
        """What the demo told its operator so far."""
        return (self.folder / "demo.log").read_text()

    def wait_until_talking(self) -> None:
        """Waits until people talk to the bots."""
        wait_until(lambda: "people" in self.children() or self.process.poll() is not None, within=90, what="people")
        assert self.process.poll() is None, self.log

    def children(self) -> dict[str, psutil.Process]:
        """The supervised processes by name."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if "app.sandbox people" in line:
                found["people"] = child
            found |= {name: child for mark, name in NAMES.items() if mark in line}
        return found

    def kill_one(self, rng: random.Random) -> str:
        """SIGKILLs one process of the stack, and waits until another one serves in its place; returns its name."""
        children = {name: child for name, child in self.children().items() if name != "people"}
        name = rng.choice(sorted(children))
        victim = children[name]
        victim.kill()
        wait_until(
            lambda: (other := self.children().get(name)) is not None and other.pid != victim.pid,
            within=30,
            what=f"{name} started again",
        )
        return name

    def finish(self, within_s: float) -> dict[str, Any]:
        """The report, once the demo has ended by itself; the last states of utterances under `states`."""
        out, _ = self.process.communicate(timeout=within_s)
        assert out.strip(), self.log
        states = json.loads((self.folder / "var" / "sandbox" / "utterances.json").read_text())
        return {**json.loads(out), "states": states}

    def end(self) -> None:
        """Stops the demo, however far it is."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
