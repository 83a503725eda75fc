"""Names of bots and chats, and suggestions for a name that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from app.domain.analysis.letters import fold_letters, fold_name

SUGGESTED = 3
LEAST_LIKENESS = 60.0
"""The least similarity (0 to 100, rapidfuzz's WRatio) of a suggestion."""


@dataclass(frozen=True, slots=True)
class Named:
    """A bot or a chat. `handle` is a bot's @username or a chat's Telegram id, `title` the displayed name."""

    id: int
    handle: str
    title: str

    def __str__(self) -> str:
        return f"{self.id} ({self.handle}, {self.title})"


def best(name: str, found: Sequence[Named]) -> Sequence[Named]:
    """Returns those of `found`, whose names fold like `name`, that have it in the same letters; all where none has."""
    letters = fold_letters(name).strip()
    same = [one for one in found if letters in map(fold_letters, (one.handle.removeprefix("@"), one.title))]
    return same or found


def nearest(name: str, known: Sequence[Named]) -> list[Named]:
    """Returns at most three of `known` whose handle or title is most similar to `name`, the best first."""
    likeness: dict[int, float] = {}
    for words in ([one.handle for one in known], [one.title for one in known]):
        found = process.extract(
            name,
            words,
            scorer=fuzz.WRatio,
            processor=_prepare,
            limit=SUGGESTED,
            score_cutoff=LEAST_LIKENESS,
        )
        for _, score, place in found:
            likeness[place] = max(score, likeness.get(place, 0.0))
    return [known[place] for place in sorted(likeness, key=lambda place: -likeness[place])[:SUGGESTED]]


def _prepare(name: str) -> str:
    return utils.default_process(fold_name(name))
