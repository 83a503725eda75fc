"""Is a message in a language of its chat?"""

from __future__ import annotations

import re

from app.domain.analysis.language import surest_language
from app.domain.postprocess.context import DraftContext

COMMON = frozenset({"en", "tr", "de", "fr", "es", "it", "pt", "nl", "ru", "ar"})
"""What models slip into; telling a few languages apart is surer than telling all of them apart."""

LEAST_WORDS = 6
SURE = 0.98
NOISE = re.compile(r"https?://\S+|[@#$/]\w+|\b[A-Z]{2,}\b|[\d_]+")


def is_foreign(text: str, context: DraftContext) -> str | None:
    """Refuses a text that is surely in a language which is not among the draft's; short texts pass."""
    if not context.languages:
        return None
    words = [word for word in NOISE.sub(" ", text).split() if len(word) > 1]
    if len(words) < LEAST_WORDS:
        return None
    language, share = surest_language(" ".join(words), context.languages | COMMON)
    return "foreign_language" if language not in context.languages and share >= SURE else None
