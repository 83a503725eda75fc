"""Telegram's numbers, read from JSON that may hold anything: https://core.telegram.org/api/bots/ids"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from app.domain.json_text import BIGGEST

SUPERGROUPS_BELOW = -1_000_000_000_000


def read_update_number(update: Mapping[str, Any]) -> int | None:
    """Returns an update's number; None for what is none. The number after it, the next offset, has 64 bits, too."""
    number = update.get("update_id")
    return number if type(number) is int and 0 <= number < BIGGEST else None


def read_id(number: Any) -> int:
    """Returns an id. Raises ValueError for anything that is no whole number of 64 bits."""
    if type(number) is int and abs(number) <= BIGGEST:
        return number
    raise ValueError(f"{type(number).__name__} is no id")


def read_supergroup_id(number: Any) -> int:
    """Returns the id of a supergroup. Raises ValueError for anything else."""
    if read_id(number) < SUPERGROUPS_BELOW:
        return int(number)
    raise ValueError("no supergroup has this id")


def read_time(seconds: Any) -> dt.datetime:
    """Returns an instant in UTC. Raises ValueError or OverflowError for what are no Unix seconds up to 9999."""
    return dt.datetime.fromtimestamp(read_id(seconds), dt.UTC)
