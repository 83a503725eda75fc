"""JSON from outside: parsed without a crash, bounded in depth, without what Postgres cannot store.

`json.loads` ends in a RecursionError for some thousand brackets, and takes NaN, Infinity and numbers of any size.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.text import find_problem, is_storable, storable

MOST_DEPTH = 100
"""Levels of lists and objects; an update of Telegram has about ten."""

BIGGEST = 2**63 - 1
"""The largest number of a bigint column."""

LONGEST_KEY = 40


class TooDeep(ValueError):
    """The JSON is nested deeper than MOST_DEPTH levels."""

    def __init__(self) -> None:
        super().__init__(f"is nested deeper than {MOST_DEPTH} levels")


def parse_json(raw: str | bytes) -> Any:
    """Parses JSON. Raises ValueError when it is none, TooDeep when it is nested deeper than MOST_DEPTH levels."""
    try:
        value = json.loads(raw)
    except RecursionError:
        raise TooDeep from None
    if is_too_deep(value):
        raise TooDeep
    return value


def is_too_deep(value: Any) -> bool:
    """Returns whether lists and objects are nested deeper than MOST_DEPTH levels; does not recurse."""
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return False
    return True


def storable_json(value: Any) -> Any:
    """Returns JSON with its texts mended as by `storable`, and None for NaN and infinities. At most MOST_DEPTH deep."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {storable(str(key)): storable_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    return value


def check_json(field: str, value: Any) -> None:
    """Raises InvalidInput naming `field`, and the place inside as `.key` or `[1]`, for what no column can hold."""
    for place, problem in _problems(value, ""):
        raise InvalidInput(field, f"at {place}: {problem}" if place else problem)


def _problems(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yields the places in a value that cannot be stored, each with what to do."""
    if isinstance(value, str):
        if problem := find_problem(value):
            yield place, f"{problem}; remove it, or type the text anew"
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, "must be a finite number, not NaN or infinity"
    elif isinstance(value, int) and abs(value) > BIGGEST:
        yield place, f"must be a number of at most {len(str(BIGGEST))} digits"
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _problems(item, f"{place}[{at}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not is_storable(key):
                yield place, "has a key with a character that cannot be stored; remove it"
            yield from _problems(item, f"{place}.{storable(key)[:LONGEST_KEY]}")


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
