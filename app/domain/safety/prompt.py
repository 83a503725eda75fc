"""Detection of leaked pieces of the prompt."""

from __future__ import annotations

import re

from app.domain.prompting import ALL_RULES
from app.domain.safety.folding import fold

RUN = 6
"""Words in a row that no text shares with the rules by chance."""

FIELD = re.compile(r"\b[a-z]+(?:[._][a-z]+)+\b")
WORD = re.compile(r"[a-z0-9']+")


def _runs(words: list[str]) -> set[str]:
    return {" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


_FOLDED = fold(ALL_RULES)
_RUNS = _runs(WORD.findall(_FOLDED))
_FIELDS = frozenset(FIELD.findall(_FOLDED))
"""Names of fields, such as `max_words`, which nobody writes in a chat."""


def shows_the_prompt(text: str, canary: str) -> bool:
    """Returns whether a folded text holds a run of the rules, a field's name, or the item's canary."""
    if canary and canary in text:
        return True
    if not _FIELDS.isdisjoint(FIELD.findall(text)):
        return True
    return _shares_a_run(text)


def repeats_the_rules(text: str) -> bool:
    """Returns whether an unfolded text holds a run of words of the rules."""
    return _shares_a_run(fold(text))


def _shares_a_run(folded: str) -> bool:
    words = WORD.findall(folded)
    return len(words) >= RUN and not _RUNS.isdisjoint(_runs(words))
