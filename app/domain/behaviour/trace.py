"""The record of a decision: one step a rule, in the order they were asked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One rule's verdict and the numbers behind it."""

    rule: str
    verdict: str
    numbers: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """A compact form for the utterance's row."""
        return {
            "rule": self.rule,
            "verdict": self.verdict,
            **({"numbers": self.numbers} if self.numbers else {}),
        }
