"""The line format: time, level, process, event, then keys and values in a fixed order."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from app.logs.vocabulary import HEAD, in_order

PROCESS_NAME = "PROCESS_NAME"
"""The environment variable by which a supervisor names a process."""

MARGIN = "    | "
"""Prefix of every line of a traceback, so that none can pass for a log line."""

_QUOTE = '\\"'
_PLAIN = re.compile(r"[^\s\"=]+")

Event = MutableMapping[str, Any]


class _Own:
    """The name of a process without a supervisor."""

    name: str | None = None


def name_process(name: str | None) -> None:
    """Sets the name of this process in log lines, unless its supervisor set another one."""
    _Own.name = name


def process_name() -> str:
    """Returns the supervisor's name for the process; else the program's own, or that of its file."""
    if named := os.environ.get(PROCESS_NAME) or _Own.name:
        return named
    program = Path(sys.argv[0])
    return (program.parent.name if program.stem == "__main__" else program.stem) or "-"


def stamp(logger: Any, method: str, event: Event) -> Event:
    """Adds the time in UTC, with fixed digits so that lines sort by it, and the process's name."""
    event["timestamp"] = f"{dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    event["process"] = process_name()
    return event


def name_library(logger: Any, method: str, event: Event) -> Event:
    """Sets a library's name as the event of its lines, and its text as the message."""
    event["message"], event["event"] = str(event["event"]).strip(), event["_record"].name
    return event


def render_text(logger: Any, method: str, event: Event) -> str:
    """Renders a text line; a traceback adds further lines, each with the margin."""
    exception = event.pop("exception", None)
    head = " ".join(str(event.pop(key, "-")) for key in HEAD)
    line = " ".join([head, *(f"{key}={_written(event[key])}" for key in in_order(list(event)))])
    return line if exception is None else "\n".join([line, *(MARGIN + part for part in exception.split("\n"))])


def render_json(logger: Any, method: str, event: Event) -> str:
    """Renders a line as one JSON object."""
    keys = [*HEAD, *in_order([key for key in event if key not in HEAD])]
    return json.dumps({key: event[key] for key in keys if key in event}, ensure_ascii=False, default=str)


def _written(value: Any) -> str:
    """Renders a value as one word, in double quotes where it has spaces, quotes or an equals sign."""
    word = _worded(value)
    return word if _PLAIN.fullmatch(word) else f'"{word.replace(chr(34), _QUOTE)}"'


def _worded(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(_worded, value))
    return "none" if value is None else json.dumps(value, ensure_ascii=False, default=str)
