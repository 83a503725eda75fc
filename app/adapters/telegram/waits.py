"""The waits that Telegram asks for, in seconds: as a parameter, or in the words of any description."""

from __future__ import annotations

import math
import re
from typing import Any

LONGEST_S = 30 * 86_400.0
"""No wait is longer: after 30 days one call asks again."""

UNSAID_S = 5.0
"""The wait of a refusal that names none."""

FLOODS = frozenset({420, 429})
"""Codes that are waits without any words; 420 is MTProto's FLOOD."""

_SAID = re.compile(
    r"(?:_wait_|(?:retry|again|wait)(?:[ _](?:after|in|for|of|another))*[ :=]+)"
    r"([0-9]+(?:\.[0-9]+)?)(?: ?(s|m|h|d)(?:ec|in|r|our|ay)?\w*)?\b"
)
_FLOOD = re.compile(r"too many requests|flood_(?:\w+_)?wait|slowmode_wait")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def read_wait(code: int, parameters: dict[str, Any], description: str) -> float | None:
    """Returns the seconds that an error asks to wait, at most LONGEST_S; None when it is no wait.

    SLOWMODE_WAIT_n and FLOOD_WAIT_n come as words, with any code: https://core.telegram.org/api/errors#420-flood
    The parameter of a 5xx does not count: a Bot API server that restarts names one for calls it has passed on.
    """
    words = description.lower()
    said = [_seconds(parameters.get("retry_after")) if code < 500 else 0.0]
    said += [_seconds(number) * _UNITS[unit or "s"] for number, unit in _SAID.findall(words)]
    longest = max(said)
    if longest > 0:
        return min(longest, LONGEST_S)
    return UNSAID_S if code in FLOODS or _FLOOD.search(words) else None


def _seconds(value: Any) -> float:
    """Returns a number, or the number in a text; 0 for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return LONGEST_S if isinstance(value, int) and value > 0 else 0.0
    return 0.0 if math.isnan(number) else number
