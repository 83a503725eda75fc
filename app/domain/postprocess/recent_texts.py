"""What was said before, word for word or nearly, by the bot itself or by any other one of the fleet."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from app.domain.analysis.letters import fold_letters

WORD = re.compile(r"\w+")
LEAST_WORDS = 6
"""Shorter texts are alike by chance: nobody owns "I agree"."""

LEAST_EXACT_WORDS = 4


class RecentTexts:
    """The fleet's recent texts. `similarity` (0 to 1) is how alike two of them may be, words sorted, before one counts
    as an echo of the other: 1 - edits ÷ length (the normalized InDel similarity of rapidfuzz's token_sort_ratio).
    """

    def __init__(self, texts: Iterable[str] = (), similarity: float = 0.85) -> None:
        self._exact: set[str] = set()
        self._sorted: list[str] = []
        self._cutoff = similarity * 100
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Takes in what is about to be said."""
        words = words_of(text)
        if len(words) >= LEAST_EXACT_WORDS:
            self._exact.add(" ".join(words))
        if len(words) >= LEAST_WORDS:
            self._sorted.append(" ".join(sorted(words)))

    def repeats(self, text: str) -> bool:
        """Whether the same words were said before, in the same order."""
        return " ".join(words_of(text)) in self._exact

    def resembles(self, text: str) -> bool:
        """Whether nearly the same words were said before, in whatever order."""
        words = words_of(text)
        if len(words) < LEAST_WORDS:
            return False
        query = " ".join(sorted(words))
        return process.extractOne(query, self._sorted, scorer=fuzz.ratio, score_cutoff=self._cutoff) is not None


def words_of(text: str) -> list[str]:
    """The words of a text without case, signs and emoji."""
    return WORD.findall(fold_letters(text))
