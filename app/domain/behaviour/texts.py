"""Word search in many messages at once: each text is folded once, and all are searched as one string."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

from app.domain.analysis.letters import fold_letters

MOST_CHARACTERS = 500
"""Characters of one message that are searched."""
WHOLE_WORD = 3
"""Words of up to so many letters must match whole; longer ones may have an ending: bond, bonds; altın, altının."""


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Folds a name, topic or symbol for comparison; cached, as personas repeat theirs every tick."""
    return _fold_text(word).strip()


class Texts:
    """The texts of messages, in their order."""

    __slots__ = ("_ends", "_joined", "_parts")

    def __init__(self, texts: Iterable[str]) -> None:
        parts = [text[:MOST_CHARACTERS] for text in texts]
        joined = "\n".join(("", *parts, ""))
        if joined.isascii():
            joined = joined.lower()
        else:
            parts = [_fold_text(text) for text in parts]
            joined = "\n".join(("", *parts, ""))
        self._parts = parts
        self._joined = joined
        self._ends: list[int] = []

    def find(self, word: str, *, whole: bool = False) -> list[int]:
        """Returns indexes of the texts where a word begins with `word` (if `whole`, is it): each once, in order."""
        wanted = fold(word)
        at = self._joined.find(wanted)
        if at < 0 or not wanted:
            return []
        return self._collect(wanted, at, whole or len(wanted) <= WHOLE_WORD)

    def _collect(self, wanted: str, at: int, whole: bool) -> list[int]:
        joined, size = self._joined, len(wanted)
        if not self._ends:
            self._ends = list(accumulate([len(text) + 1 for text in self._parts], initial=0))
        ends, begins_anywhere = self._ends, not _is_letter(wanted[0])
        found: list[int] = []
        while at >= 0:
            begins = begins_anywhere or not _is_letter(joined[at - 1])
            if begins and not (whole and _is_letter(joined[at + size])):
                index = bisect_right(ends, at - 1) - 1
                found.append(index)
                at = joined.find(wanted, ends[index + 1])
            else:
                at = joined.find(wanted, at + 1)
        return found


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


def _fold_text(text: str) -> str:
    return text.lower() if text.isascii() else fold_letters(text)
