"""Every log call of the code base: its event is snake_case, its keys are of the one vocabulary."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.logs.vocabulary import KEYS

ROOT = Path(__file__).parents[3]
FOLDERS = ("app", "tasks", "migrations", "sandbox")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"log_error": 1, "log_step": 1, "log_steps": 1, "_report_failure": 0}
"""Functions that log for others, and the place of their event."""

BINDERS = {"bound", "bind", "bind_contextvars", "bound_contextvars"}
OPTIONS = {"exc_info"}
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PASSED_ON = {"state", "event"}
"""Variables that hold an event which was checked where it was written."""


def sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def calls(path: Path) -> Iterator[tuple[ast.Call, int | None]]:
    """Every call that writes a line or binds its context, with the place of the event among its arguments."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func
        if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) and name.value.id in {"log", "logger"}:
            if name.attr in LEVELS:
                yield node, 0
        elif isinstance(name, ast.Name) and name.id in BINDERS:
            yield node, None
        elif isinstance(name, ast.Name) and name.id in LOGGERS and len(node.args) > LOGGERS[name.id]:
            yield node, LOGGERS[name.id]
        elif isinstance(name, ast.Name) and name.id == "after_commit" and len(node.args) > 2:
            yield node, 2


def written(path: Path) -> Iterator[tuple[int, ast.expr | None, list[str]]]:
    """The line, the event and the keys of each call."""
    for call, place in calls(path):
        keys = [keyword.arg for keyword in call.keywords if keyword.arg and keyword.arg not in OPTIONS]
        yield call.lineno, None if place is None else call.args[place], keys


def unfit(path: Path) -> Iterator[str]:
    for line, event, keys in written(path):
        where = f"{path.relative_to(ROOT)}:{line}"
        yield from (f"{where}: {key} is not in app/logs/vocabulary.py" for key in keys if key not in KEYS)
        if isinstance(event, ast.Constant):
            if not SNAKE.fullmatch(str(event.value)):
                yield f"{where}: {event.value!r} is not snake_case"
        elif event is not None and not (isinstance(event, ast.Name) and event.id in PASSED_ON):
            yield f"{where}: {ast.unparse(event)} is no plain event name"


def test_every_event_is_snake_case_and_every_key_is_in_the_vocabulary() -> None:
    assert [problem for path in sources() for problem in unfit(path)] == []


def test_the_calls_are_found() -> None:
    found = [event.value for path in sources() for _, event, _ in written(path) if isinstance(event, ast.Constant)]
    assert {"planned", "generating", "ready", "sending", "sent", "task_failed", "poll_failed"} <= set(found)


@pytest.mark.parametrize(
    ("code", "problems"),
    [
        ('log.info("sent", utterance=1)', 0),
        ('log.info("sent", person=1)', 1),
        ('log.info("It was sent")', 1),
        ('log.info(f"sent_{1}")', 1),
        ('log_error(log, "pollFailed", error, colour=1)', 2),
        ("bind(person=7)", 1),
    ],
)
def test_what_does_not_fit_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, problems: int) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    file = tmp_path / "code.py"
    file.write_text(code)
    assert len(list(unfit(file))) == problems


def test_the_table_of_operations_tells_every_key_in_the_order_of_a_line() -> None:
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", table, flags=re.MULTILINE)
    assert [(key, meaning) for key, meaning in rows if key in KEYS and KEYS[key] == meaning] == list(KEYS.items())


def test_no_line_names_a_person() -> None:
    assert not {"person", "person_id", "author", "text", "name"} & set(KEYS)
