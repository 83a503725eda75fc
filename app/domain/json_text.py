"""JSON from outside: parsed without a crash, bounded in depth, without what Postgres cannot store.

`json.loads` ends in a RecursionError for some thousand brackets, and takes NaN, Infinity and numbers of any size.
"""

from __future__ import annotations

import json
import math
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.text import check_text, is_storable, storable

MOST_DEPTH = 100
"""Levels of lists and objects; an update of Telegram has about ten."""

BIGGEST = 2**63 - 1
"""The largest number of a bigint column."""


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
    """Raises InvalidInput, naming the place as `field.key` or `field[1]`, for a text or a number no field can take."""
    if isinstance(value, str):
        check_text(field, value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(field, "must be a finite number, not NaN or infinity")
    elif isinstance(value, int) and abs(value) > BIGGEST:
        raise InvalidInput(field, f"must be a number of at most {len(str(BIGGEST))} digits")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            check_json(f"{field}[{at}]", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not is_storable(key):
                raise InvalidInput(field, "has a key with a character that cannot be stored; remove it")
            check_json(f"{field}.{key}", item)


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
