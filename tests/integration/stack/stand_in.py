"""A small stack of stand-ins, run by tests in a process of its own: `python -m … <variant> <folder>`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from app.cli.stack.console import Console
from app.cli.stack.errors import StackError
from app.cli.stack.plan import ProcessSpec, StackPlan, Stage
from app.cli.stack.supervisor import supervise

LIVE = """
import os, pathlib, signal, sys, threading
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def stop(*_):
    with (folder / "stopped").open("a") as file:
        file.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print(name, "reads", repr(sys.stdin.read()), "as", os.getpid(), flush=True)
(folder / name).write_text(str(os.getpid()))
threading.Event().wait()
"""
STUBBORN = LIVE.replace("def stop(*_):", "def stop(*_):\n    return")


def live(name: str, folder: Path, code: str = LIVE, graceful: float = 5.0) -> ProcessSpec:
    """A process that writes its pid to `<folder>/<name>` once it lives, and its name to `stopped` at SIGTERM."""
    argv = (sys.executable, "-c", code, name, str(folder))
    return ProcessSpec(name, argv, wait_ready=(folder / name).exists, graceful_timeout=graceful, ready_timeout=30.0)


def dying(folder: Path) -> ProcessSpec:
    """A process that cannot start, and says why."""
    argv = (sys.executable, "-c", "raise SystemExit('no database named moon')")
    return ProcessSpec("hopeless", argv, wait_ready=(folder / "never").exists)


def refuse() -> None:
    """A preparation that fails."""
    raise StackError("the database is of another planet")


def plan_for(variant: str, folder: Path) -> StackPlan:
    """The stages of one variant."""
    first, second = Stage("Starting servers", (live("database", folder),)), (live("worker", folder),)
    variants: dict[str, Callable[[], tuple[Stage, ...]]] = {
        "well": lambda: (first, Stage("Starting workers", second)),
        "dying": lambda: (first, Stage("Starting workers", (*second, dying(folder)))),
        "refused": lambda: (Stage("Starting servers", first.specs, then=refuse), Stage("Starting workers", second)),
        "stubborn": lambda: (Stage("Starting", (live("mule", folder, STUBBORN, graceful=0.5),)),),
        "mule": lambda: (Stage("Starting", (live("mule", folder, STUBBORN, graceful=600.0),)),),
    }
    return StackPlan(variants[variant](), folder / "log")


if __name__ == "__main__":
    try:
        supervise(
            plan_for(sys.argv[1], Path(sys.argv[2])),
            lambda: print("everything is ready", flush=True),  # noqa: T201 - the parent reads it
            threading.Event(),
            Console(),
        )
    except StackError as error:
        sys.exit(f"Error: {error}")
