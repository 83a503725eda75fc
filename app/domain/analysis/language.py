"""The language of a message, among those that its chat speaks."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

NOISE = re.compile(r"https?://\S+|[@#$/]\w+|[\d_]+")
"""Links, handles, tags, commands and numbers belong to every language."""

LETTERS = 6
"""Fewer letters tell nothing."""

CHARACTERS = 400
"""What is read of a long message."""

CLEAR = 6.0
"""By how much (in log likelihood) the best language must beat the next one of the chat; mixed text does not."""

FOREIGN = 15.0
"""By how much a language that the chat does not speak may fit better, for the short and careless texts of chats."""


def find_language(text: str, languages: Iterable[str]) -> str | None:
    """The ISO 639-1 code of one of `languages` (of all that are known when empty); None when the text does not tell.

    A short text, one in several languages and one in a language that is not among them tell nothing. The first call of
    a process reads the model, as `load_model` does.
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


def load_model() -> None:
    """Reads the model (a second, 80 MB), so that nobody has to wait for it later."""
    _identifier(frozenset())


@lru_cache(maxsize=256)
def _identifier(languages: frozenset[str]) -> LanguageIdentifier:
    """An identifier of these languages; all of them share the tables of the model."""
    if not languages:
        return LanguageIdentifier.from_model_file(MODEL_FILE)
    whole = _identifier(frozenset())
    known = languages & set(whole.labels)
    if not known:
        return whole
    limited = copy.copy(whole)
    limited.set_languages(known)
    return limited
