"""What an item's prompt leaves out so that it keeps its budget of tokens."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

BYTES_PER_TOKEN = 4
"""The providers' own rule of thumb; how far it is off is learned from their counts (`TokenRates`)."""

NEVER_CUT = 3
"""The newest lines, which every prompt holds."""


def encode(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tokens_of(text: str) -> int:
    """Tokens of a text by estimate: a quarter of its UTF-8 bytes."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def keep_within(room: int, lines: Sequence[Any], remembered: Sequence[Any]) -> tuple[int, int]:
    """How many of `lines` (oldest first) and of `remembered` (the most important first) fit into `room` bytes.

    The newest three lines come first, then all that is remembered, then older lines: what is cut is the oldest lines,
    and of what is remembered the end, when there is no room even for that. The newest three are kept even then.
    """
    newest = lines[-NEVER_CUT:]
    room -= sum(map(_size, newest))
    told, room = _count_fitting(room, remembered)
    older, _ = _count_fitting(room, lines[: -len(newest)][::-1]) if told == len(remembered) and newest else (0, room)
    return len(newest) + older, told


def _count_fitting(room: int, values: Sequence[Any]) -> tuple[int, int]:
    """How many from the start fit, and the bytes that are left."""
    for count, value in enumerate(values):
        if _size(value) > room:
            return count, room
        room -= _size(value)
    return len(values), room


def _size(value: Any) -> int:
    """Bytes of a value and its comma."""
    return len(encode(value).encode()) + 1
