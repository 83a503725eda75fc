"""Coders of values that JSON has, or that have one text form."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.errors import ChorusError


class CodecError(ChorusError):
    """A value has no exact JSON, or data does not fit its hints; the message says where."""

    def __init__(self, message: str, path: str = "") -> None:
        self.message, self.path = message, path
        super().__init__(f"{path.lstrip('.')}: {message}" if path else message)

    def under(self, place: str) -> CodecError:
        """Returns the same error with its place prefixed by the level above."""
        return CodecError(self.message, place + self.path)


Code = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Coder:
    """The encoder and decoder of values of one hint. Both raise CodecError."""

    encode: Code
    decode: Code


def checked(fits: Callable[[Any], bool], wanted: str) -> Coder:
    """Returns a coder that checks values and leaves them unchanged."""

    def check(value: Any) -> Any:
        if not fits(value):
            raise CodecError(f"must be {wanted}, not {value!r:.60}")
        return value

    return Coder(check, check)


def require(kind: Any, value: Any) -> Any:
    """Returns `value`, which must be a `kind`."""
    if not isinstance(value, kind):
        raise CodecError(f"must be a {kind.__name__}, not {value!r:.60}")
    return value


def exactly(kind: type[Any], wanted: str) -> Coder:
    """Returns a coder for values of exactly this class: True is not a number."""

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise CodecError(f"must be {wanted}, not {value!r:.60}")
        return value

    return Coder(check, check)


def _encode_float(value: Any) -> Any:
    if type(value) not in (int, float):
        raise CodecError(f"must be a number, not {value!r:.60}")
    return value if math.isfinite(value) else str(value)


def _decode_float(data: Any) -> Any:
    return float(data) if data in ("nan", "inf", "-inf") else _encode_float(data)


def _encode_instant(value: Any) -> str:
    if not isinstance(value, dt.datetime) or value.utcoffset() is None:
        raise CodecError(f"must be an instant with a time zone, not {value!r:.60}")
    return value.isoformat()


def _text_form(kind: Any, write: Callable[[Any], str]) -> Coder:
    def read(data: Any) -> Any:
        try:
            value = kind.fromisoformat(data)
            write(value)
        except (TypeError, ValueError, CodecError):
            raise CodecError(f"must be a {kind.__name__}, not {data!r:.60}") from None
        return value

    return Coder(write, read)


def _is_json(value: Any) -> bool:
    """Returns whether `json` round-trips the value; it would turn tuples into lists and number keys into text."""
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


FREE = checked(_is_json, "plain JSON")
PLAIN: dict[Any, Coder] = {
    Any: FREE,
    object: FREE,
    type(None): exactly(type(None), "null"),
    bool: exactly(bool, "true or false"),
    int: exactly(int, "a whole number"),
    str: exactly(str, "text"),
    float: Coder(_encode_float, _decode_float),
    dt.datetime: _text_form(dt.datetime, _encode_instant),
    dt.date: _text_form(dt.date, lambda value: str(require(dt.date, value).isoformat())),
    dt.time: _text_form(dt.time, lambda value: str(require(dt.time, value).isoformat())),
}
