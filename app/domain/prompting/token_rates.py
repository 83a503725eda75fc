"""Correction of token estimates by a provider's own counts, and the expected tokens of a request."""

from __future__ import annotations

import math
from dataclasses import dataclass

UNSEEN_SHARE = 0.5
"""Expected share of the answer budget before the first answer was counted: most texts are shorter than allowed."""

PATIENCE = 3.0
LONGEST_S = 300.0
"""The longest deadline of a request, in seconds, as of LLM_TIMEOUT_S."""


@dataclass(frozen=True, slots=True)
class TokenRates:
    """Averages over the last requests to one model.

    `prompt_ratio` is reported / estimated prompt tokens, `answer_per_item` and `total_per_item` are reported tokens per
    prompt, `seconds_per_item` is a request's time per prompt; None before the first report. `thoughts` are the tokens
    that a request's answer begins with and nobody reads. `context` is how many tokens a prompt and its answer may have
    together, where a refusal has told it.
    """

    prompt_ratio: float = 1.0
    answer_per_item: float | None = None
    total_per_item: float | None = None
    seconds_per_item: float | None = None
    context: int | None = None
    thoughts: float = 0.0

    def expect_prompt(self, prompt_estimate: int) -> int:
        """Returns the tokens that the provider is likely to count for a prompt."""
        return math.ceil(prompt_estimate * self.prompt_ratio)

    def within_estimate(self, tokens: int) -> int:
        """Returns the estimate, rounded down, of a prompt for which the provider is likely to count `tokens`."""
        return int(tokens / self.prompt_ratio) if self.prompt_ratio > 0 else tokens

    def expect(self, prompt_estimate: int, items: int, answer_budget: int) -> int:
        """Returns the tokens to reserve for a request: the corrected prompt and the likely, not the longest, answer."""
        likely = answer_budget * UNSEEN_SHARE if self.answer_per_item is None else self.answer_per_item * items
        return math.ceil(prompt_estimate * self.prompt_ratio + min(likely, answer_budget) + self.thoughts)

    def longest_answer(self, answer_budget: int) -> int:
        """Returns the tokens that an answer may cost: its budget, and twice the usual thoughts."""
        return answer_budget + math.ceil(2 * self.thoughts)

    def holds(self, prompt_tokens: int, answer_budget: int) -> bool:
        """Returns whether the model's context holds a prompt of so many tokens and the longest answer to it."""
        return self.context is None or prompt_tokens + answer_budget <= self.context

    def items_within(self, tokens: int) -> int | None:
        """Returns how many prompts of average size fit into `tokens`, at least one; None while the size is unknown."""
        tokens = min(tokens, self.context or tokens)
        return None if self.total_per_item is None else max(1, int(tokens / self.total_per_item))

    def items_in_time(self, seconds: float) -> int | None:
        """Returns how many prompts are likely to be answered within `seconds`, at least one; None while unknown."""
        return None if not self.seconds_per_item else max(1, int(seconds / self.seconds_per_item))

    def deadline(self, items: int, usual_s: float) -> float:
        """Returns the seconds after which a request of `items` prompts is given up: the usual ones, more if it is slow.

        A slow model gets three times what such a request usually takes, `LONGEST_S` at most.
        """
        if self.seconds_per_item is None:
            return usual_s
        return max(usual_s, min(LONGEST_S, PATIENCE * items * self.seconds_per_item))
