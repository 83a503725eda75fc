"""The kinds of fault and habit, and the point of a request at which each applies."""

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
    "fence",
    "prose",
    "think_block",
    "channel_marks",
    "bare_list",
    "single_object",
    "keyed_items",
    "trailing_commas",
    "content_parts",
    "answer_in_tool_call",
    "content_filter",
    "error_in_200",
    "html_in_200",
    "json_validate_failed",
    "truncated_stream",
    "stalled_stream",
    "timeout",
    "slow",
    "status_500",
    "status_429",
    "unauthorized",
    "insufficient_quota",
    "usage_limit_reached",
    "payment_required",
    "overloaded",
    "model_unknown",
    "reset",
]

ON_ARRIVAL: frozenset[FaultKind] = frozenset(
    {
        "status_500",
        "status_429",
        "unauthorized",
        "insufficient_quota",
        "usage_limit_reached",
        "payment_required",
        "overloaded",
        "model_unknown",
        "reset",
    }
)
"""Apply before the limits are checked: the request uses up no quota."""

SHAPES: tuple[FaultKind, ...] = (
    "bare_list",
    "single_object",
    "keyed_items",
    "trailing_commas",
    "fence",
    "prose",
    "think_block",
    "channel_marks",
)
"""Change the form of an answer and keep its words, in the order in which several are applied."""

UNENFORCED: frozenset[FaultKind] = frozenset({*SHAPES, "content_parts", "answer_in_tool_call"})
"""As a habit these show only where the provider enforces no format; as a fault they always apply."""

SLOWNESS = 3.0
"""Factor on the time of each output token under `slow`."""

HANG_S = 600.0
"""Seconds that `timeout` keeps the connection open without an answer, unless the client disconnects first."""


PARTIAL: frozenset[FaultKind] = frozenset({"truncated_stream", "stalled_stream"})
"""Apply in the middle of the answer: the connection ends there, or stays open for `HANG_S` without further data."""


def needs_several_items(kind: FaultKind) -> bool:
    """Whether the fault needs two items or more; it then skips smaller requests."""
    return kind in {"swapped_ids", "leak"}
