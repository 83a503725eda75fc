"""How far a provider's own counts lie from our estimates, and what a request is expected to take."""

from __future__ import annotations

import math
from dataclasses import dataclass

UNSEEN_SHARE = 0.5
"""Before the first answer was counted, half of its budget is expected: texts are mostly shorter than they may be."""


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Averages over the last requests to one model.

    `prompt_ratio` is reported over estimated prompt tokens, `answer_per_item` and `total_per_item` are reported tokens
    a prompt; None before the first report.
    """

    prompt_ratio: float = 1.0
    answer_per_item: float | None = None
    total_per_item: float | None = None

    def expect_prompt(self, prompt_estimate: int) -> int:
        """The tokens that the provider is likely to count for a prompt."""
        return math.ceil(prompt_estimate * self.prompt_ratio)

    def within_estimate(self, tokens: int) -> int:
        """The estimate of a prompt for which the provider is likely to count `tokens`, rounded down."""
        return int(tokens / self.prompt_ratio) if self.prompt_ratio > 0 else tokens

    def expect(self, prompt_estimate: int, items: int, answer_budget: int) -> int:
        """The tokens to reserve for a request: its corrected prompt and the answer that is likely, not the longest."""
        likely = answer_budget * UNSEEN_SHARE if self.answer_per_item is None else self.answer_per_item * items
        return math.ceil(prompt_estimate * self.prompt_ratio + min(likely, answer_budget))

    def items_within(self, tokens: int) -> int | None:
        """How many prompts of the usual size `tokens` hold, at least one; None while the size is not known."""
        return None if self.total_per_item is None else max(1, int(tokens / self.total_per_item))
