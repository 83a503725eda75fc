"""A provider's minute and day, shortened, and a ledger of its requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from app.domain.ports import DaySlot

MINUTE_MS, DAY_MS, DAY_SLOT_MS = 110, 500, 20
BORN_LONG_AGO = 10**12
KEY, DAY_KEY = "llm:window:openai", "llm:day:openai"


@dataclass
class Row:
    """A request in the ledger: reserved tokens until it is settled."""

    at: float
    tokens: int


@dataclass
class Ledger:
    """What Postgres would remember."""

    rows: list[Row] = field(default_factory=list)
    reads: int = 0

    def load(self):
        self.reads += 1
        requests, tokens = Counter(), Counter()
        for row in self.rows:
            start_s = row.at * 1000 // DAY_SLOT_MS * DAY_SLOT_MS / 1000 + 1e-6
            requests[start_s] += 1
            tokens[start_s] += row.tokens
        return [DaySlot(start_s, requests[start_s], tokens[start_s]) for start_s in requests]
