"""Prices of requests, daily budgets, and the steps of saving.

Money is counted in micros, millionths of a US dollar: a price in dollars a million tokens is one in micros a token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

MICROS = 1_000_000
SHORTER_SHARE = 0.5
"""Factor on the most words of a bot that saves."""

FEWER_SHARE = 0.25
"""Factor on the chance of a bot that saves to speak unasked."""


class Saving(IntEnum):
    """Steps of saving; each includes those before it."""

    NONE = 0
    CHEAPER_MODEL = 1
    SHORTER = 2
    FEWER_TURNS = 3
    ONLY_MENTIONS = 4
    SILENCE = 5

    @property
    def words(self) -> str:
        """Returns the step's name for operators and metrics."""
        return self.name.lower().replace("_", " ")


STEPS = (
    (0.70, Saving.CHEAPER_MODEL),
    (0.80, Saving.SHORTER),
    (0.90, Saving.FEWER_TURNS),
    (0.95, Saving.ONLY_MENTIONS),
    (1.00, Saving.SILENCE),
)
"""The spent share of a daily budget from which on each step applies."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens: of a prompt, of its part that the provider held in its cache, of an answer."""

    prompt: float
    cached: float
    answer: float

    def cost(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> int:
        """Returns the cost of one request in micros, rounded up; `tokens_cached` are part of `tokens_in`."""
        cached = min(tokens_in, tokens_cached)
        micros = (tokens_in - cached) * self.prompt + cached * self.cached + tokens_out * self.answer
        return math.ceil(round(micros, 6))


FREE = Price(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class DailyBudget:
    """The limit and the cost so far of one day, both in micros; a limit of 0 is no limit."""

    spent: int = 0
    limit: int = 0

    @property
    def share(self) -> float:
        """Returns the spent share of the budget; 0 without a limit."""
        return self.spent / self.limit if self.limit else 0.0

    @property
    def saving(self) -> Saving:
        """Returns the current step of saving."""
        if not self.limit:
            return Saving.NONE
        reached = [step for share, step in STEPS if self.spent >= share * self.limit]
        return max(reached, default=Saving.NONE)

    def holds(self, micros: int) -> bool:
        """Returns whether `micros` more stay within the budget."""
        return not self.limit or self.spent + micros <= self.limit


@dataclass(frozen=True, slots=True)
class Budgets:
    """Daily budgets in micros: the fleet's, and the defaults of chats and bots. 0 is no limit."""

    fleet: int = 0
    chat: int = 0
    bot: int = 0


UNLIMITED = DailyBudget()
"""A budget without a limit and without cost."""


def saving_of(daily_budgets: Iterable[DailyBudget]) -> Saving:
    """Returns the furthest step of several daily budgets that all apply."""
    return max((daily_budget.saving for daily_budget in daily_budgets), default=Saving.NONE)


def micros(usd: float) -> int:
    """Converts US dollars to whole micros."""
    return round(usd * MICROS)
