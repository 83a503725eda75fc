"""Prompt rules and answer parsing of insights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.domain.lanes.excerpts import Excerpt
from app.domain.prompting import OVERHEAD_TOKENS
from app.domain.prompting.schemas import items_schema, strict_object
from app.domain.prompting.wording import INSIGHT, read_wording

WORDING = read_wording(INSIGHT)

STANCES = ("for", "against", "neutral", "none")
TOPIC_CHARACTERS = 40
SUMMARY_CHARACTERS = 160
ANSWER_TOKENS = 60
"""Tokens of the answer about one message."""

_INSIGHT = strict_object(
    {
        "n": {"type": "integer"},
        "topic": {"type": "string"},
        "stance": {"type": "string", "enum": list(STANCES)},
        "sentiment": {"type": "number"},
        "summary": {"type": "string"},
    }
)
_PROPERTIES: dict[str, Any] = {"insights": {"type": "array", "items": _INSIGHT}}


@cache
def schema(count: int) -> dict[str, Any]:
    """Returns the JSON schema of an answer to `count` items: the same object each time, as providers cache it."""
    return items_schema(_PROPERTIES, count)


@dataclass(frozen=True, slots=True)
class Insight:
    """A model's analysis of the `place`-th message of its item, from 0. `sentiment` is from -1 to 1."""

    place: int
    topic: str
    stance: str
    sentiment: float
    summary: str


def answer_budget(excerpts: Sequence[Excerpt]) -> int:
    """Returns the most tokens the answer about `excerpts` may take."""
    return sum(len(one.messages) for one in excerpts) * ANSWER_TOKENS + OVERHEAD_TOKENS * (1 + len(excerpts))


def read_insights(answer: Mapping[str, Any]) -> tuple[Insight, ...]:
    """Parses the insights of one answered item, one per message; incomplete or out-of-range ones are left out."""
    entries = answer.get("insights")
    found: dict[int, Insight] = {}
    for entry in entries if isinstance(entries, list) else ():
        insight = _read(entry) if isinstance(entry, Mapping) else None
        if insight is not None:
            found.setdefault(insight.place, insight)
    return tuple(found.values())


def _read(entry: Mapping[str, Any]) -> Insight | None:
    number, topic, stance, summary = (entry.get(name) for name in ("n", "topic", "stance", "summary"))
    sentiment = entry.get("sentiment")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1 or stance not in STANCES:
        return None
    if not isinstance(topic, str) or not isinstance(summary, str) or not (topic.strip() and summary.strip()):
        return None
    if not isinstance(sentiment, int | float) or isinstance(sentiment, bool) or not math.isfinite(sentiment):
        return None
    line = " ".join(summary.split())[:SUMMARY_CHARACTERS]
    mood = max(-1.0, min(1.0, float(sentiment)))
    return Insight(number - 1, topic.strip()[:TOPIC_CHARACTERS], str(stance), mood, line)
