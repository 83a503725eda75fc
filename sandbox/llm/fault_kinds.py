"""The kinds of fault, and at which point of a request each strikes."""

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
"""Strike before the limits are looked at: the request uses nothing up."""

SLOWNESS = 3.0
"""How many times longer each output token takes under `slow`."""

HANG_S = 600.0
"""Seconds that `timeout` keeps the connection without a word, unless the client leaves first."""


PARTIAL: frozenset[FaultKind] = frozenset({"truncated_stream", "stalled_stream"})
"""Strike in the middle of the answer: the connection ends there, or stays open for `HANG_S` without another word."""


def needs_several_items(kind: FaultKind) -> bool:
    """Whether the fault can only be made of two items or more; it then spares smaller requests."""
    return kind in {"swapped_ids", "leak"}
