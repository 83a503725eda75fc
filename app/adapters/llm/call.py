"""The state of one call to a model: what is asked, in which form, with how much room, and what it has cost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.adapters.llm.readings import Reading
from app.domain.errors import Spent
from app.domain.ports import Listener
from app.domain.prompting import estimate_tokens
from app.domain.prompting.schemas import CHARACTERS_PER_TOKEN
from app.domain.providers.capabilities import Capabilities

MOST_RAISES = 2
"""How often more room is given within a call."""

GUESS = 2
"""A model whose thoughts were cut is taken to think this many times as long."""

TOLERANCE = 64
"""Tokens beyond its limit that an answer may be counted as: servers count their own marks differently."""


@dataclass(slots=True)
class Call:
    """`ends_at` is on the monotonic clock; `max_tokens` is the answer's part of the limit, the rest is for thoughts.

    With `bounds_texts` the server is sent lengths of texts (app/domain/prompting/schemas.py).
    """

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any]
    max_tokens: int
    listen: Listener | None
    known: Capabilities
    ends_at: float
    reason: str = ""
    steps: int = 0
    requests: int = 0
    raises: int = 0
    thought: int = 0
    wasted_thoughts: int = 0
    began_at: float = 0.0
    roomless: bool = False
    bounds_texts: bool = False
    spent: Spent | None = None
    sent_limit: int = 0

    @property
    def limit(self) -> int:
        """Tokens that the next answer may take, thoughts included."""
        answer = self.max_tokens * (CHARACTERS_PER_TOKEN if self.is_bounded and not self.roomless else 1)
        wanted = answer + (0 if self.roomless else self.known.allowance)
        return min(wanted, self.known.most_tokens or wanted)

    @property
    def is_bounded(self) -> bool:
        """Whether the schema ends each text, so that the limit of tokens need not: even one whose every character is a
        token gets to its end.
        """
        schema = self.known.answer_format in {"json_schema_strict", "json_schema"}
        return self.bounds_texts and self.known.lengths and schema

    @property
    def left_s(self) -> float:
        """Seconds until the call must end."""
        return self.ends_at - time.monotonic()

    def begin(self, request: Mapping[str, Any]) -> None:
        """Counts a request."""
        self.requests += 1
        self.began_at = time.monotonic()
        self.sent_limit = request.get("max_completion_tokens", request.get("max_tokens", 0))

    def step(self, lower: Capabilities, reason: str) -> None:
        """Goes on with what is left after a refusal, of which the provider's sentence is kept."""
        self.known, self.reason = lower, reason
        self.steps += 1

    def give_up_room(self) -> bool:
        """Leaves no room beyond the answer, where it made the request too long; False when there was none."""
        had_room, self.roomless = self.limit > self.max_tokens, True
        self.steps += 1
        return had_room

    def learn(self, reading: Reading, quieted: bool) -> Capabilities:
        """Returns, and goes on with, the facts after an answer."""
        thoughts = reading.tokens_reasoning
        if reading.only_thought:
            thoughts = max(thoughts, reading.tokens_out, 0 if reading.usage else self.sent_limit)
            self.thought = thoughts
            thoughts *= GUESS
        known = self.known.after_thoughts(thoughts, quieted)
        ignored = reading.tokens_out > self.sent_limit + TOLERANCE > TOLERANCE
        if ignored and known.limit_name == "max_completion_tokens":
            known = replace(known, limit_name="max_tokens")
        self.known = known
        return known

    def waste(self, reading: Reading) -> None:
        """Counts an answer that was all thought: it is billed."""
        self.spent = self.spent_with(
            Spent(
                reading.tokens_in or estimate_tokens(self.messages),
                reading.tokens_out or self.thought,
                reading.tokens_cached,
            )
        )
        self.wasted_thoughts += self.thought

    def raise_limit(self) -> bool:
        """Returns whether another request has more room, and time: twice as long as the last one took."""
        took_s = time.monotonic() - self.began_at
        self.raises += 1
        return self.raises <= MOST_RAISES and self.limit > self.sent_limit and self.left_s >= 2 * took_s

    def spent_with(self, more: Spent | None) -> Spent | None:
        """Returns the tokens of this call so far with `more`; None for none."""
        if self.spent is None or more is None:
            return more or self.spent
        return Spent(
            self.spent.tokens_in + more.tokens_in,
            self.spent.tokens_out + more.tokens_out,
            self.spent.tokens_cached + more.tokens_cached,
        )
