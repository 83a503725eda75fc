"""Tests wait on conditions, through one module, and never for a time."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
MAY_SLEEP = {
    "waiting.py": "it looks at a condition again and again",
    "unit/sandbox/test_llm_engine.py": "its loop has a virtual clock, on which no time passes outside",
    "compat/scenario.py": "a client outside of this environment, which waits as long as the sandbox's 429 told it to",
}
SPELLED = re.compile(r"\b(?:time|asyncio|gevent|anyio|trio)\.sleep\(")


def sleeps(source: str) -> list[int]:
    """The lines that sleep, by a call or within a program that is a string."""
    nodes = list(ast.walk(ast.parse(source)))
    called = [node for node in nodes if isinstance(node, ast.Call) and name_of(node.func) == "sleep"]
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.lineno for node in called] + [node.lineno for node in texts if SPELLED.search(node.value)]


def name_of(function: ast.expr) -> str:
    """The last part of what is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_no_test_sleeps() -> None:
    files = {str(path.relative_to(TESTS)): path for path in TESTS.rglob("*.py")}
    found = {name: sleeps(path.read_text(encoding="utf-8")) for name, path in files.items() if name not in MAY_SLEEP}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert all(sleeps(files[name].read_text(encoding="utf-8")) for name in MAY_SLEEP)


@pytest.mark.parametrize(
    "source", ["MODULE.sleep(1)", "from MODULE import sleep\nsleep(1)", "child = 'MODULE.sleep(60)'"]
)
@pytest.mark.parametrize("module", ["time", "asyncio"])
def test_every_way_to_sleep_is_found(source: str, module: str) -> None:
    assert sleeps(source.replace("MODULE", module))


@pytest.mark.parametrize("source", ["command = ('sleep', '60')", "asleep(1)", "event.wait(1)"])
def test_what_only_sounds_like_it_is_none(source: str) -> None:
    assert sleeps(source) == []
