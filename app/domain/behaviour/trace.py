"""The record of a decision: one step a rule, in the order they were asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

OK = "ok"
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's verdict and the numbers behind it; `scores` are those of all that were compared, by their ids."""

    rule: str
    verdict: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[int, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """A compact form to store: four digits are kept, what is empty is left out."""
        step: dict[str, Any] = {"rule": self.rule, "verdict": self.verdict}
        if self.numbers:
            step["numbers"] = {name: round(number, DIGITS) for name, number in self.numbers.items()}
        if self.scores:
            step["scores"] = {str(key): round(score, DIGITS) for key, score in self.scores.items()}
        return step


@cache
def passed(rule: str) -> Step:
    """The step of a rule that has nothing to object and no number to show; made once, as most steps are these."""
    return Step(rule, OK)
