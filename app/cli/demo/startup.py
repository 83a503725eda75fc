"""How long it took until a bot spoke: the making of the environment, then this command, and what lies on the disk."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.cli.stack.console import Reporter

RECORD = ".setup.json"
"""Written into the environment by `make`, as `environment/setting_up.py` has it."""
BLOCK_BYTES = 512


@dataclass(frozen=True, slots=True)
class Startup:
    """When this command began (unix seconds), the seconds in which the environment was made, and its MB, as `du` counts
    them. None where no environment of `make` runs the command."""

    begun: float
    setup_s: float | None
    environment_mb: int | None


def read_startup(environment: Path = Path(sys.prefix)) -> Startup:
    """Looks at the environment that runs this process."""
    begun = psutil.Process().create_time()
    try:
        seconds = float(json.loads((environment / RECORD).read_text(encoding="utf-8"))["run"]["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return Startup(begun, None, None)
    return Startup(begun, seconds, occupied_mb(environment))


def occupied_mb(folder: Path) -> int:
    """The MB (2^20 bytes) of all files below a folder: each once, whatever its names; one that vanishes is left out."""
    blocks: dict[int, int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                found = os.lstat(os.path.join(place, name))
                blocks[found.st_ino] = found.st_blocks
    return round(sum(blocks.values()) * BLOCK_BYTES / 2**20)


class FirstMessage:
    """Tells once, as soon as a bot's message has reached the sandbox, how long it took."""

    def __init__(self, journal: Path, reporter: Reporter) -> None:
        self._journal = journal
        self._reporter = reporter
        self._told = False

    def look(self) -> None:
        """Reads the journal until it holds a message."""
        at = None if self._told else first_sent(self._journal)
        if at is None:
            return
        self._told = True
        startup = read_startup()
        before = f"; the set-up took {startup.setup_s:.0f} s" if startup.setup_s is not None else ""
        size = f", and fills {startup.environment_mb} MB" if startup.environment_mb is not None else ""
        self._reporter.good(f"First message {at - startup.begun:.1f} s after the start{before}{size}")


def first_sent(journal: Path) -> float | None:
    """The time (unix seconds) of the first message that the sandbox took from a bot; None before there is one."""
    for line in journal.read_bytes().splitlines() if journal.exists() else ():
        if b'"sendMessage"' not in line:
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("method") == "sendMessage" and event.get("accepted"):
            return float(event["t"])
    return None
