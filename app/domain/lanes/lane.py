"""Lanes: streams of prompts that can share requests, as they have the same model, form and urgency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

Urgency = Literal["interactive", "ambient", "bulk"]
ECONOMY = "economy"

MOST_IN_FLIGHT = 12
"""Requests in flight over all lanes."""

ALONE = 2
"""Failed attempts after which a plan gets a request of its own."""

MAX_ATTEMPTS = ALONE + 3
"""A plan is given up after three failed requests of its own."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A stream of prompts: their family, their urgency, and whether the cheaper model answers them.

    Its name, `chat.ambient` or `chat.ambient.economy`, is used in rows, Celery messages and metrics.
    """

    family: str
    urgency: Urgency
    economy: bool = False

    @property
    def name(self) -> str:
        """Returns the lane's name."""
        return ".".join([self.family, self.urgency, *([ECONOMY] if self.economy else [])])

    @property
    def sources(self) -> list[str]:
        """Returns the lanes that may share a request with this one when it had to wait, the most urgent first."""
        if self.urgency == "bulk":
            return [self.name]
        return [self.urgent_sibling, replace(self, urgency="ambient").name]

    @property
    def urgent_sibling(self) -> str:
        """Returns the interactive lane of the same family and model."""
        return replace(self, urgency="interactive").name


def parse_lane(name: str) -> Lane:
    """Parses a lane's name. Raises ValueError when it is not one."""
    family, _, rest = name.partition(".")
    urgency, _, tier = rest.partition(".")
    if urgency not in get_args(Urgency) or tier not in {"", ECONOMY}:
        raise ValueError(f"{name!r} is not a lane")
    return Lane(family, cast(Urgency, urgency), economy=bool(tier))
