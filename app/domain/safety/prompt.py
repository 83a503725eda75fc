"""Pieces of the prompt: what a bot was told to do is for the model alone."""

from __future__ import annotations

import re

from app.domain.prompting import RULES
from app.domain.safety.folding import fold

RUN = 6
"""Words in a row that nobody shares with the rules by chance."""

FIELD = re.compile(r"\b[a-z]+(?:[._][a-z]+)+\b")
WORD = re.compile(r"[a-z0-9']+")
CLAIMS = re.compile(
    r"\b(?:in|by|from|per|to) my (?:\w+ )?(?:prompt|instructions)\b|"
    r"\b(?:my|the|these|following|initial|hidden|secret|original) (?:\w+ )?(?:system )?(?:prompt|instructions?|"
    r"guidelines|directives?) (?:is|are|say|says|said|tell|tells|read|reads|state|states|include|were|was)\b|"
    r"\bhere (?:is|are|'?s) (?:my|the) (?:\w+ )?(?:system |full |original )?(?:prompt|instructions|rules i|"
    r"configuration)\b|\bsystem (?:prompt|message) ?[:=]|\bi (?:was|am|'?m|have been|'?ve been) (?:instructed|"
    r"configured|prompted|programmed|told by my (?:prompt|instructions|developers?)) (?:to|not to|never to)\b|"
    r"\b(?:sistem|gizli|baslangic) (?:mesaj|komut|istem|talimat|prompt)\w* (?:su|soyle|sunlar|diyor|der ki)\b|"
    r"\b(?:prompt|talimat)(?:um|im|lar[iı]m|imda|larimda)\w* (?:\w+ )?(?:su|soyle|sunlar|diyor|yaziyor|der ki)\b|"
    r"\bbana verilen (?:talimat|komut|prompt|istem)\w*"
)


def _runs(words: list[str]) -> set[str]:
    return {" ".join(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


_FOLDED = fold(RULES)
_RUNS = _runs(WORD.findall(_FOLDED))
_FIELDS = frozenset(FIELD.findall(_FOLDED))
"""Names of fields, as `max_words`: nobody writes those in a chat."""


def shows_the_prompt(text: str, canary: str) -> bool:
    """Whether a folded text holds a run of the rules, a field's name, the item's canary, or announces its prompt."""
    if canary and canary in text:
        return True
    if CLAIMS.search(text) or not _FIELDS.isdisjoint(FIELD.findall(text)):
        return True
    return _shares_a_run(text)


def repeats_the_rules(text: str) -> bool:
    """Whether a text, as it was written, holds a run of words of the rules."""
    return _shares_a_run(fold(text))


def _shares_a_run(folded: str) -> bool:
    words = WORD.findall(folded)
    return len(words) >= RUN and not _RUNS.isdisjoint(_runs(words))
