"""A foreground command run by a test: its output, its children, and its certain end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from app.cli.stack.launch import tether
from app.config import Settings
from tests.waiting import patience, wait_until

ROOT = Path(__file__).resolve().parents[3]


class Foreground:
    """A running command whose stdout and stderr go to files."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def out(self) -> str:
        """What it wrote to stdout so far."""
        return (self._folder / "stdout").read_text()

    @property
    def err(self) -> str:
        """What it wrote to stderr so far."""
        return (self._folder / "stderr").read_text()

    def wait_for(self, text: str, within_s: float = 60.0) -> None:
        """Returns once `text` was written; fails when the command ends before."""
        wait_until(
            lambda: text in self.out + self.err or self.process.poll() is not None, within_s=within_s, what=repr(text)
        )
        assert text in self.out + self.err, f"ended with {self.process.returncode}: {self.err}"

    def wait(self, within_s: float = 30.0) -> int:
        """Its exit code, once it ended."""
        return self.process.wait(patience(within_s))

    def family(self) -> list[psutil.Process]:
        """Its children and their children."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def command_lines(self) -> list[str]:
        """What each of them was started as; one that ends while it is asked is left out."""
        lines = []
        for process in self.family():
            with suppress(psutil.Error):
                lines.append(" ".join(process.cmdline()))
        return lines


def environment(**given: str) -> dict[str, str]:
    """This process's environment without Chorus's variables, and with the given ones."""
    ours = {suffix for name in Settings.model_fields for suffix in (name.upper(), f"{name.upper()}_FILE")}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **given}


@contextmanager
def running_command(
    folder: Path, *argv: str, env: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()
) -> Iterator[Foreground]:
    """Runs `python <argv>` in `folder`; whatever is left of it at the end of the block is killed."""
    words = (*prefix, *tether((sys.executable, *argv)))
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own command
            words, cwd=folder, env=env or environment(), stdin=subprocess.PIPE, stdout=out, stderr=err
        )
    command = Foreground(process, folder)
    try:
        yield command
    finally:
        left = command.family() if process.poll() is None else []
        process.kill()
        process.wait()
        wait_gone(left)
        if process.stdin:
            process.stdin.close()


def wait_gone(family: list[psutil.Process], within_s: float = 15.0) -> None:
    """Returns once none of the processes runs any more."""
    wait_until(
        lambda: not [process for process in family if process.is_running()], within_s=within_s, what="the end of all"
    )
