"""What a model at a server was seen to be able to do, as a value that steps down, is merged and is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

AnswerFormat = Literal["json_schema_strict", "json_schema", "tool", "json_object", "text"]
"""How the form of an answer is asked for: a schema that is enforced, a schema that is attempted, a function that must
be called, any JSON object with the schema in the prompt, or only the prompt."""

LADDER: tuple[AnswerFormat, ...] = get_args(AnswerFormat)
"""From the surest to what every server takes."""

LimitName = Literal["max_completion_tokens", "max_tokens", "none"]
"""The name of the field that limits the tokens of an answer."""

LIMIT_NAMES: tuple[LimitName, ...] = get_args(LimitName)

Thinking = Literal["unknown", "none", "seen", "switchable", "always"]
"""Whether a model thinks before it answers: not when it was asked as usual; seen to; not when asked not to; even so."""

EFFORTS = ("none", "minimal", "low", "medium", "high")
"""Values of `reasoning_effort`, the least first."""

MOST_THINKING = 16_384
"""Tokens that are at most left for thoughts: a model that thinks longer is the wrong one for chat messages."""

DECAY = 0.05
"""Part of the distance by which the figure of thoughts falls with each shorter thought: after some 20 requests it is
near the longest of them, so that about one in 20 is longer than what is left for it."""

MARGIN = 1.25
"""Room for thoughts, relative to the figure."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Facts of one model at one server.

    `lengths` says whether schemas may say how long a list is. `most_tokens` is the largest limit of tokens that the
    server takes, 0 for unknown. `dropped` are fields about reasoning that it refused, `effort` is the least
    `reasoning_effort` that it took instead of the preset's. `thinking_tokens` is a running figure of how long the model
    thinks.
    """

    answer_format: AnswerFormat = "json_schema_strict"
    limit_name: LimitName = "max_completion_tokens"
    streams: bool = True
    stream_usage: bool = True
    lengths: bool = True
    most_tokens: int = 0
    dropped: frozenset[str] = frozenset()
    effort: str = ""
    thinking: Thinking = "unknown"
    thinking_tokens: int = 0

    @property
    def allowance(self) -> int:
        """Tokens to leave for thoughts, on top of the answer's."""
        return min(MOST_THINKING, math.ceil(self.thinking_tokens * MARGIN))

    def after_thoughts(self, tokens: int, quieted: bool) -> Capabilities:
        """Returns the facts after a request in which the model thought for `tokens`; `quieted` if asked not to.

        The figure follows longer thoughts at once and shorter ones slowly.
        """
        figure = min(tokens, MOST_THINKING)
        if figure < self.thinking_tokens:
            figure = self.thinking_tokens - math.ceil((self.thinking_tokens - figure) * DECAY)
        return replace(self, thinking=_after(self.thinking, tokens > 0, quieted), thinking_tokens=figure)

    def differs(self, other: Capabilities) -> bool:
        """Returns whether another worker should hear of it: any fact, and the figure of thoughts beyond a quarter."""
        if replace(self, thinking_tokens=0) != replace(other, thinking_tokens=0):
            return True
        low, high = sorted((self.thinking_tokens, other.thinking_tokens))
        return high > low * MARGIN

    def to_json(self) -> dict[str, Any]:
        """Returns the facts as JSON."""
        return {**asdict(self), "dropped": sorted(self.dropped)}


def read_capabilities(facts: Mapping[str, Any]) -> Capabilities:
    """Returns stored facts; the default for each that is missing or was written by another version."""
    known = Capabilities()
    dropped = facts.get("dropped")
    return Capabilities(
        answer_format=_one_of(facts, "answer_format", LADDER, known.answer_format),
        limit_name=_one_of(facts, "limit_name", LIMIT_NAMES, known.limit_name),
        streams=facts.get("streams") is not False,
        stream_usage=facts.get("stream_usage") is not False,
        lengths=facts.get("lengths") is not False,
        most_tokens=_tokens(facts.get("most_tokens")),
        dropped=frozenset(map(str, dropped)) if isinstance(dropped, list) else frozenset(),
        effort=_one_of(facts, "effort", ("", *EFFORTS), ""),
        thinking=_one_of(facts, "thinking", get_args(Thinking), known.thinking),
        thinking_tokens=min(MOST_THINKING, _tokens(facts.get("thinking_tokens"))),
    )


def merge(one: Capabilities, other: Capabilities) -> Capabilities:
    """Returns what two workers learned together: of each the further down, of thoughts the longer."""
    limits = [most for most in (one.most_tokens, other.most_tokens) if most]
    order = get_args(Thinking)
    return Capabilities(
        answer_format=max(one.answer_format, other.answer_format, key=LADDER.index),
        limit_name=max(one.limit_name, other.limit_name, key=LIMIT_NAMES.index),
        streams=one.streams and other.streams,
        stream_usage=one.stream_usage and other.stream_usage,
        lengths=one.lengths and other.lengths,
        most_tokens=min(limits, default=0),
        dropped=one.dropped | other.dropped,
        effort=max(one.effort, other.effort, key=("", *EFFORTS).index),
        thinking=max(one.thinking, other.thinking, key=order.index),
        thinking_tokens=max(one.thinking_tokens, other.thinking_tokens),
    )


def start_again(learned: Capabilities, start: Capabilities) -> Capabilities:
    """Returns the facts with which a new day begins: `start`, and how long the model was seen to think."""
    return replace(start, thinking=learned.thinking, thinking_tokens=learned.thinking_tokens)


def _after(known: Thinking, thought: bool, quieted: bool) -> Thinking:
    if thought:
        return "always" if quieted else "seen"
    if quieted:
        return "switchable" if known in {"seen", "always", "switchable"} else known
    return "none" if known == "unknown" else known


def _one_of(facts: Mapping[str, Any], name: str, values: tuple[Any, ...], default: Any) -> Any:
    value = facts.get(name)
    return value if value in values else default


def _tokens(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0
