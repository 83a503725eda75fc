"""Lets the processes of a drilled stack stop themselves at an exact point of a send.

Python imports this module at its start where the folder is on PYTHONPATH, which only a drill sets; once the sending
module is imported, it wraps two of its functions. The drill arms a point by writing its name into the file
CHORUS_DRILL_ARMED: the first send that reaches it stops its process (SIGSTOP), and the drill counts the sends in flight
and kills it.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

MODULE = "app.services.delivery.sending"
BEFORE_SEND, AFTER_SEND, AFTER_COMMIT = "before-send", "after-send", "after-commit"


def freeze_at(point: str) -> None:
    """Stops this process if `point` is armed; exactly one process does."""
    armed = Path(os.environ["CHORUS_DRILL_ARMED"])
    try:
        if armed.read_text() != point:
            return
        armed.rename(armed.with_name(f"frozen.{os.getpid()}"))
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGSTOP)


def freeze_around(function: Callable[..., Any], before: str | None, after: str) -> Callable[..., Any]:
    """Wraps `function` with a point before it and one after."""

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        if before:
            freeze_at(before)
        result = function(*args)
        freeze_at(after)
        return result

    return wrapped


class _Loader(importlib.abc.Loader):
    """Executes the module, then wraps its functions."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        module._post = freeze_around(module._post, BEFORE_SEND, AFTER_SEND)  # type: ignore[attr-defined]
        module.send = freeze_around(module.send, None, AFTER_COMMIT)  # type: ignore[attr-defined]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the module once, then no longer intercepts imports."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


if "CHORUS_DRILL_ARMED" in os.environ:
    sys.meta_path.insert(0, _Finder())
