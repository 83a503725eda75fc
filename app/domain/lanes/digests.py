"""Prompt rules and answer parsing of digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.domain.lanes.excerpts import Excerpt
from app.domain.prompting import OVERHEAD_TOKENS
from app.domain.prompting.schemas import items_schema
from app.domain.prompting.wording import DIGEST, read_wording

WORDING = read_wording(DIGEST)

MOODS = ("calm", "cheerful", "excited", "tense", "angry", "sad")
TOPICS = 5
LABEL_CHARACTERS = 40
SUMMARY_CHARACTERS = 400
ANSWER_TOKENS = 160

_PROPERTIES: dict[str, Any] = {
    "topics": {"type": "array", "items": {"type": "string"}},
    "mood": {"type": "string", "enum": list(MOODS)},
    "summary": {"type": "string"},
}


@cache
def schema(count: int) -> dict[str, Any]:
    """Returns the JSON schema of an answer to `count` items: the same object each time, as providers cache it."""
    return items_schema(_PROPERTIES, count)


@dataclass(frozen=True, slots=True)
class Digest:
    """A summary of what a chat talks about."""

    topics: tuple[str, ...]
    mood: str
    summary: str

    def as_json(self) -> dict[str, Any]:
        """Returns the digest as stored in its row."""
        return {"topics": list(self.topics), "mood": self.mood, "summary": self.summary}


def answer_budget(excerpts: Sequence[Excerpt]) -> int:
    """Returns the most tokens the answer about `excerpts` may take."""
    return len(excerpts) * ANSWER_TOKENS + OVERHEAD_TOKENS * 2


def read_digest(entry: Mapping[str, Any]) -> Digest | None:
    """Parses the digest of one answered item; None when a field is missing, empty or of the wrong type."""
    topics, mood, summary = entry.get("topics"), entry.get("mood"), entry.get("summary")
    if not isinstance(topics, list) or mood not in MOODS or not isinstance(summary, str) or not summary.strip():
        return None
    labels = [label.strip()[:LABEL_CHARACTERS] for label in topics if isinstance(label, str) and label.strip()]
    if not labels:
        return None
    return Digest(tuple(dict.fromkeys(labels))[:TOPICS], mood, summary.strip()[:SUMMARY_CHARACTERS])
