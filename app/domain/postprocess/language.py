"""Check that a message is in a language of its chat."""

from __future__ import annotations

import re

from app.domain.analysis.language import surest_language
from app.domain.postprocess.context import DraftContext

COMMON = frozenset({"en", "tr", "de", "fr", "es", "it", "pt", "nl", "ru", "ar"})
"""Languages that models slip into; detection among few languages is more reliable than among all."""

LEAST_WORDS = 6
SURE = 0.98
NOISE = re.compile(r"https?://\S+|[@#$/]\w+|\b[A-Z]{2,}\b|[\d_]+")


def is_foreign(text: str, context: DraftContext) -> str | None:
    """Refuses a text that is surely in a language other than the draft's; short texts pass."""
    if not context.languages:
        return None
    words = [word for word in NOISE.sub(" ", text).split() if len(word) > 1]
    if len(words) < LEAST_WORDS:
        return None
    language, share = surest_language(" ".join(words), context.languages | COMMON)
    return "foreign_language" if language not in context.languages and share >= SURE else None
