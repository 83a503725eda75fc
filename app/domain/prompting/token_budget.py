"""Cuts of an item's prompt to its token budget."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

BYTES_PER_TOKEN = 4
"""The providers' own rule of thumb; its error is learned from their counts (`TokenRates`)."""

NEVER_CUT = 3
"""Number of newest lines that are never cut."""


def encode(value: Any) -> str:
    """Returns compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tokens_of(text: str) -> int:
    """Estimates the tokens of a text: a quarter of its UTF-8 bytes."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def keep_within(room: int, lines: Sequence[Any], remembered: Sequence[Any]) -> tuple[int, int]:
    """Returns how many of `lines` (oldest first) and of `remembered` (most important first) fit into `room` bytes.

    The newest three lines have priority, then `remembered`, then older lines: the oldest lines are cut first, then
    the end of `remembered`. The newest three lines are always kept.
    """
    newest = lines[-NEVER_CUT:]
    room -= sum(map(_size, newest))
    told, room = _count_fitting(room, remembered)
    older, _ = _count_fitting(room, lines[: -len(newest)][::-1]) if told == len(remembered) and newest else (0, room)
    return len(newest) + older, told


def _count_fitting(room: int, values: Sequence[Any]) -> tuple[int, int]:
    """Returns how many from the start fit, and the bytes that are left."""
    for count, value in enumerate(values):
        if _size(value) > room:
            return count, room
        room -= _size(value)
    return len(values), room


def _size(value: Any) -> int:
    """Returns the bytes of a value and its comma."""
    return len(encode(value).encode()) + 1
