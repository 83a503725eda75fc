"""What answers cost, what may be spent in a day, and how the fleet saves as a budget runs out.

Money is counted in micros, millionths of a US dollar: a price in dollars a million tokens is one in micros a token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

MICROS = 1_000_000
SHORTER_SHARE = 0.5
"""Part of the usual words that a bot which saves may use."""

FEWER_SHARE = 0.25
"""Part of the usual turns in which a bot that saves speaks unasked."""


class Saving(IntEnum):
    """How much is saved; each step includes those before it."""

    NONE = 0
    CHEAPER_MODEL = 1
    SHORTER = 2
    FEWER_TURNS = 3
    ONLY_MENTIONS = 4
    SILENCE = 5

    @property
    def words(self) -> str:
        """The step as operators and metrics read it."""
        return self.name.lower().replace("_", " ")


STEPS = (
    (0.70, Saving.CHEAPER_MODEL),
    (0.80, Saving.SHORTER),
    (0.90, Saving.FEWER_TURNS),
    (0.95, Saving.ONLY_MENTIONS),
    (1.00, Saving.SILENCE),
)
"""From which share of a day's budget each step holds."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a million tokens: of a prompt, of its part that the provider held in its cache, of an answer."""

    prompt: float
    cached: float
    answer: float

    def cost(self, tokens_in: int, tokens_out: int, tokens_cached: int = 0) -> int:
        """Micros of one request, rounded up; `tokens_cached` are part of `tokens_in`."""
        cached = min(tokens_in, tokens_cached)
        micros = (tokens_in - cached) * self.prompt + cached * self.cached + tokens_out * self.answer
        return math.ceil(round(micros, 6))


FREE = Price(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class DailyBudget:
    """What one day may cost and has cost so far, both in micros; a budget of 0 is no limit."""

    spent: int = 0
    limit: int = 0

    @property
    def share(self) -> float:
        """The part of the budget that is spent; 0 without a limit."""
        return self.spent / self.limit if self.limit else 0.0

    @property
    def saving(self) -> Saving:
        """The step that holds now."""
        if not self.limit:
            return Saving.NONE
        reached = [step for share, step in STEPS if self.spent >= share * self.limit]
        return max(reached, default=Saving.NONE)

    def holds(self, micros: int) -> bool:
        """Whether `micros` more stay within the budget."""
        return not self.limit or self.spent + micros <= self.limit


@dataclass(frozen=True, slots=True)
class Budgets:
    """Micros a day: the fleet's, and those of a chat and of a bot without a budget of its own. 0 is no limit."""

    fleet: int = 0
    chat: int = 0
    bot: int = 0


UNLIMITED = DailyBudget()
"""What nobody limits and nobody has touched."""


def saving_of(daily_budgets: Iterable[DailyBudget]) -> Saving:
    """The furthest step of several daily budgets that all have to pay."""
    return max((daily_budget.saving for daily_budget in daily_budgets), default=Saving.NONE)


def micros(usd: float) -> int:
    """Whole micros of an amount in US dollars."""
    return round(usd * MICROS)
