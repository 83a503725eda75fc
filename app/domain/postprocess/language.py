"""Is a message in a language of its chat?"""

from __future__ import annotations

import re
from copy import copy
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from app.domain.postprocess.draft import Draft

COMMON = frozenset({"en", "tr", "de", "fr", "es", "it", "pt", "nl", "ru", "ar"})
"""What models slip into; telling a few languages apart is surer than telling all of them apart."""

LEAST_WORDS = 6
SURE = 0.98
NOISE = re.compile(r"https?://\S+|[@#$/]\w+|\b[A-Z]{2,}\b|[\d_]+")


def is_foreign(text: str, draft: Draft) -> str | None:
    """Refuses a text that is surely in a language which is not among the draft's; short texts pass."""
    if not draft.languages:
        return None
    words = NOISE.sub(" ", text).split()
    if len(words) < LEAST_WORDS:
        return None
    language, share = _identifier(draft.languages | COMMON).classify(" ".join(words))
    return "foreign_language" if language not in draft.languages and share >= SURE else None


@lru_cache(maxsize=1)
def load_model() -> LanguageIdentifier:
    """The model of all languages: a second or so for the first caller of a process."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=16)
def _identifier(languages: frozenset[str]) -> LanguageIdentifier:
    """An identifier of its own for each choice: choosing changes it."""
    identifier = copy(load_model())
    identifier.set_languages(languages & set(identifier.labels))
    return identifier
