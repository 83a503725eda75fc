"""Lanes: streams of prompts that can share requests. What differs in model, in form or in urgency does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

Urgency = Literal["interactive", "ambient", "bulk"]
ECONOMY = "economy"

ALONE = 2
"""Failed attempts after which a plan rides alone."""

MAX_ATTEMPTS = ALONE + 3
"""A plan that failed three times alone is given up."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream: the family of its prompts, how urgent they are, and whether the cheaper model answers them.

    Its name, `chat.ambient` or `chat.ambient.economy`, is what rows, messages and metrics hold.
    """

    family: str
    urgency: Urgency
    economy: bool = False

    @property
    def name(self) -> str:
        """The lane as text."""
        return ".".join([self.family, self.urgency, *([ECONOMY] if self.economy else [])])

    @property
    def sources(self) -> list[str]:
        """The lanes that may ride with this one when it had to wait, in the order of their urgency."""
        if self.urgency == "bulk":
            return [self.name]
        return [self.urgent_sibling, replace(self, urgency="ambient").name]

    @property
    def urgent_sibling(self) -> str:
        """The lane of those who wait for an answer to the same kind of prompt."""
        return replace(self, urgency="interactive").name


def parse_lane(name: str) -> Lane:
    """The lane of a name. Raises ValueError when it is not one."""
    family, _, rest = name.partition(".")
    urgency, _, tier = rest.partition(".")
    if urgency not in get_args(Urgency) or tier not in {"", ECONOMY}:
        raise ValueError(f"{name!r} is not a lane")
    return Lane(family, cast(Urgency, urgency), economy=bool(tier))
