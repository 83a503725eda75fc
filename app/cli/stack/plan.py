"""The start plan: processes in stages, started in order and stopped in the reverse order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class ProcessSpec:
    """One supervised process.

    `prefix` is a change of user that must come before everything else. `wait_ready` is polled (in a thread) until it
    returns True; the start fails after `ready_timeout` seconds. To stop it, `stop_signal` is sent, and SIGKILL
    after `graceful_timeout` seconds. The kernel sends `death_signal` if the supervisor itself is killed.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    graceful_timeout: float = 8.0
    death_signal: signal.Signals = signal.SIGKILL
    wait_ready: Callable[[], bool] | None = None
    ready_timeout: float = 60.0


@dataclass(frozen=True)
class Stage:
    """Processes that start together; `then` runs once all of them are ready (in a thread, may block)."""

    title: str
    specs: tuple[ProcessSpec, ...]
    then: Callable[[], None] | None = None


@dataclass(frozen=True)
class StackPlan:
    """All stages, and the folder of the logs: one `<name>.log` a process."""

    stages: tuple[Stage, ...]
    log_dir: Path

    @property
    def specs(self) -> tuple[ProcessSpec, ...]:
        """All processes in the order of their start."""
        return tuple(spec for stage in self.stages for spec in stage.specs)

    def log_file(self, name: str) -> Path:
        """Returns the log file of a process."""
        return self.log_dir / f"{name}.log"
