"""Detection of exact and near repetitions of the fleet's recent texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from app.domain.analysis.letters import fold_letters

WORD = re.compile(r"\w+")
LEAST_WORDS = 6
"""Least words to compare: shorter texts, such as "I agree", are similar by chance."""

LEAST_EXACT_WORDS = 4


class RecentTexts:
    """The fleet's recent texts. `similarity` (0 to 1) is the limit, with words sorted, from which on a text counts as
    an echo of another: 1 - edits ÷ length (the normalized InDel similarity of rapidfuzz's token_sort_ratio).
    """

    def __init__(self, texts: Iterable[str] = (), similarity: float = 0.85) -> None:
        self._exact: set[str] = set()
        self._sorted: list[str] = []
        self._cutoff = similarity * 100
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Adds a text that is about to be sent."""
        words = words_of(text)
        if len(words) >= LEAST_EXACT_WORDS:
            self._exact.add(" ".join(words))
        if len(words) >= LEAST_WORDS:
            self._sorted.append(" ".join(sorted(words)))

    def repeats(self, text: str) -> bool:
        """Returns whether a text has the same words in the same order."""
        return " ".join(words_of(text)) in self._exact

    def resembles(self, text: str) -> bool:
        """Returns whether a text has nearly the same words, in any order."""
        words = words_of(text)
        if len(words) < LEAST_WORDS:
            return False
        query = " ".join(sorted(words))
        return process.extractOne(query, self._sorted, scorer=fuzz.ratio, score_cutoff=self._cutoff) is not None


def words_of(text: str) -> list[str]:
    """Returns the words of a text in folded case, without punctuation and emoji."""
    return WORD.findall(fold_letters(text))
