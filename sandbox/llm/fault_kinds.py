"""The kinds of fault, and the point of a request at which each applies."""

from typing import Literal

FaultKind = Literal[
    "malformed_json",
    "missing_item",
    "extra_item",
    "swapped_ids",
    "empty_text",
    "refusal",
    "leak",
    "obey",
    "truncated_stream",
    "stalled_stream",
    "timeout",
    "slow",
    "status_500",
    "status_429",
    "unauthorized",
    "reset",
]

ON_ARRIVAL: frozenset[FaultKind] = frozenset({"status_500", "status_429", "unauthorized", "reset"})
"""Apply before the limits are checked: the request uses up no quota."""

SLOWNESS = 3.0
"""Factor on the time of each output token under `slow`."""

HANG_S = 600.0
"""Seconds that `timeout` keeps the connection open without an answer, unless the client disconnects first."""


PARTIAL: frozenset[FaultKind] = frozenset({"truncated_stream", "stalled_stream"})
"""Apply in the middle of the answer: the connection ends there, or stays open for `HANG_S` without further data."""


def needs_several_items(kind: FaultKind) -> bool:
    """Whether the fault needs two items or more; it then skips smaller requests."""
    return kind in {"swapped_ids", "leak"}
