"""The terminal output while the stack runs: steps, then changes of state only. All of it goes to stderr."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

import click


class Reporter(Protocol):
    """Receives the supervisor's progress and failures."""

    def begin(self, title: str) -> None:
        """Reports that a slow step begins."""
        ...

    def end(self, outcome: str = "ready") -> None:
        """Reports that the step has ended."""
        ...

    def bad(self, text: str) -> None:
        """Reports a failure."""
        ...

    def good(self, text: str) -> None:
        """Reports a recovery."""
        ...


class Console:
    """Writes lines to stderr, coloured on a terminal unless NO_COLOR is set. A lost terminal is no error."""

    def __init__(self) -> None:
        self._color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self._step_started: float | None = None

    def begin(self, title: str) -> None:
        """Prints the step's line without a newline; `end` completes it."""
        with self._lock:
            self._close_line()
            self._step_started = time.monotonic()
            self._write(f"  {title} … ", newline=False)

    def end(self, outcome: str = "ready") -> None:
        """Completes the step's line with its duration in seconds."""
        with self._lock:
            if self._step_started is not None:
                seconds = time.monotonic() - self._step_started
                self._step_started = None
                self._write(f"{outcome} ({seconds:.1f} s)")

    def bad(self, text: str) -> None:
        """Prints a failure with the time of day."""
        self._note("✗", "red", text)

    def good(self, text: str) -> None:
        """Prints a recovery with the time of day."""
        self._note("✓", "green", text)

    def _note(self, mark: str, color: str, text: str) -> None:
        with self._lock:
            self._close_line()
            stamp = datetime.now(UTC).strftime("%H:%M:%SZ")
            self._write(f"{stamp} {click.style(mark, fg=color)} {text}")

    def _close_line(self) -> None:
        if self._step_started is not None:
            self._step_started = None
            self._write("")

    def _write(self, text: str, *, newline: bool = True) -> None:
        with suppress(OSError, ValueError):
            click.echo(text, err=True, nl=newline, color=self._color)
