"""Formats of numbers and names inside a sentence."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"))


class Wording(string.Formatter):
    """`str.format` with our own formats; a missing value raises KeyError."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Returns a named value; positional ones are not supported."""
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        """Formats a value by its format spec."""
        if format_spec.startswith("n "):
            return count(value, format_spec[2:])
        if format_spec == "name":
            return name_of(str(value), self._names)
        return FORMATS[format_spec](value) if format_spec in FORMATS else str(value)


def count(value: float, thing: str) -> str:
    """Formats a count: 1 chat, 2 chats."""
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


def number(value: float) -> str:
    """Formats a number with at most two decimals, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def duration(seconds: float) -> str:
    """Formats a duration as 45 s, 3 min, 2.5 h: in the largest unit that gives at least 2."""
    for size, unit in UNITS:
        if seconds >= 2 * size:
            return f"{round(seconds / size, 1):g} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{round(seconds, 1):g} s"


def clock(hour: float) -> str:
    """Formats 9.5 as 09:30."""
    minutes = round(hour * 60) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def tidy(code: str) -> str:
    """Formats a code as words."""
    return code.replace("_", " ")


def name_of(key: str, names: Mapping[str, str]) -> str:
    """Returns the name of `chat_10` or `message_34`, if known."""
    return names.get(key) or key.replace("_", " ")


FORMATS = {
    "time": duration,
    "number": number,
    "percent": lambda share: f"{100 * share:.0f}%",
    "clock": clock,
}
