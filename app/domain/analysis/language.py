"""Language detection of a message, among the languages of its chat."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

NOISE = re.compile(r"https?://\S+|[@#$/]\w+|[\d_]+")
"""Links, handles, tags, commands and numbers, which belong to no language."""

LETTERS = 6
"""Least letters for a detection."""

CHARACTERS = 400
"""Most characters of a message that are used."""

CLEAR = 6.0
"""Least margin (log likelihood) of the best language over the next one of the chat; mixed text has less."""

FOREIGN = 15.0
"""Margin by which a language outside the chat's may fit better, as chat texts are short and careless."""


def find_language(text: str, languages: Iterable[str]) -> str | None:
    """Returns the ISO 639-1 code of one of `languages` (of all known ones when empty); None when it is uncertain.

    A short text, one in several languages and one in a language that is not among them are uncertain. The first call
    of a process loads the model, as `load_model` does.
    """
    words = NOISE.sub(" ", text[:CHARACTERS]).strip()
    if sum(map(str.isalpha, words)) < LETTERS:
        return None
    limited = _identifier(frozenset(code.partition("-")[0].lower() for code in languages))
    (language, score), *others = limited.rank(words)[:2]
    if others and score - others[0][1] < CLEAR:
        return None
    _, best = _identifier(frozenset()).classify(words)
    return str(language) if best - score <= FOREIGN else None


def surest_language(text: str, languages: Iterable[str]) -> tuple[str, float]:
    """Returns the most likely one of `languages` and its probability (0 to 1) among them."""
    ranked = _identifier(frozenset(languages)).rank(text)
    language, best = ranked[0]
    return str(language), 1 / sum(math.exp(min(0.0, score - best)) for _, score in ranked)


def load_model() -> None:
    """Loads the model (a second, 80 MB) in advance."""
    _identifier(frozenset())


@lru_cache(maxsize=256)
def _identifier(languages: frozenset[str]) -> LanguageIdentifier:
    """Returns an identifier of these languages; all identifiers share the model's tables."""
    if not languages:
        return LanguageIdentifier.from_model_file(MODEL_FILE)
    whole = _identifier(frozenset())
    known = languages & set(whole.labels)
    if not known:
        return whole
    limited = copy.copy(whole)
    limited.set_languages(known)
    return limited
