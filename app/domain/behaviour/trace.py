"""The trace of a decision: one step per rule, in the order of evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

OK = "ok"
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's verdict and its numbers; `scores` are those of all candidates, by id."""

    rule: str
    verdict: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[int, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Returns a compact form to store: four digits, without empty fields."""
        step: dict[str, Any] = {"rule": self.rule, "verdict": self.verdict}
        if self.numbers:
            step["numbers"] = {name: round(number, DIGITS) for name, number in self.numbers.items()}
        if self.scores:
            step["scores"] = {str(key): round(score, DIGITS) for key, score in self.scores.items()}
        return step


@cache
def passed(rule: str) -> Step:
    """Returns the step of a rule that passed without numbers; cached, as most steps are these."""
    return Step(rule, OK)
