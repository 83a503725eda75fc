"""Settings for daily budgets, per UTC day."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.money import Budgets, micros
from app.domain.settings.fields import FLEET_ONLY, Section

MONEY = Section("money", "What a UTC day may cost.")


@dataclass(frozen=True)
class Money:
    """Budgets of the fleet, and of chats and bots without one of their own."""

    __slots__ = ()

    budget_fleet_usd: float = MONEY.number(
        10.0,
        0,
        100_000,
        "USD a day",
        "The most that all answers of a UTC day may cost; 0 sets no limit.",
        scopes=FLEET_ONLY,
    )
    budget_chat_usd: float = MONEY.number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each chat that has no budget of its own; 0 sets no limit.",
        scopes=FLEET_ONLY,
    )
    budget_bot_usd: float = MONEY.number(
        0.0,
        0,
        100_000,
        "USD a day",
        "The same for each bot that has no budget of its own; 0 sets no limit.",
        scopes=FLEET_ONLY,
    )

    @property
    def budgets(self) -> Budgets:
        """Returns the daily budgets in micros."""
        return Budgets(micros(self.budget_fleet_usd), micros(self.budget_chat_usd), micros(self.budget_bot_usd))
