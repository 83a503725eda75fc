"""The version of the rules in this process."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from app import __version__
from app.domain.behaviour import ENGINE_VERSION

ENTRY = "app.domain.behaviour.decide"
DIGITS = 12


_ONE_AT_A_TIME = Lock()
"""Python 3.11 cannot parse in two threads at once: https://github.com/python/cpython/issues/106905"""


def engine_version() -> str:
    """Returns the release, the rules' own version, and a digest of the source of `decide` and our modules it imports.

    Two processes with the same version decide alike, on any machine; a change elsewhere does not alter it.
    """
    with _ONE_AT_A_TIME:
        return _engine_version()


@cache
def _engine_version() -> str:
    digest = hashlib.sha256()
    for name in modules_of(ENTRY):
        digest.update(_source(name))
    return f"{__version__}-{ENGINE_VERSION}+{digest.hexdigest()[:DIGITS]}"


def modules_of(entry: str) -> list[str]:
    """Returns the names of `entry` and of our modules that it imports, directly or not."""
    found: set[str] = set()
    waiting = {entry}
    while waiting:
        name = waiting.pop()
        found.add(name)
        tree = ast.parse(_source(name))
        waiting |= {imported for node in ast.walk(tree) for imported in _imported(node)} - found
    return sorted(found)


def _source(name: str) -> bytes:
    return Path(str(import_module(name).__file__)).read_bytes()


def _imported(node: ast.AST) -> set[str]:
    """Our modules that a statement imports; `from app.domain import chat` imports a module, not a name."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names if alias.name.startswith("app.")}
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
        inner = {f"{node.module}.{alias.name}" for alias in node.names}
        return {str(node.module)} | {name for name in inner if _is_module(name)}
    return set()


def _is_module(name: str) -> bool:
    package, _, _ = name.rpartition(".")
    return hasattr(import_module(package), "__path__") and find_spec(name) is not None
