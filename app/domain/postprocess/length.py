"""Length limits of a message: not empty, within the word limit and Telegram's."""

from __future__ import annotations

import re

from app.domain.delivery.markup import TEXT_LIMIT
from app.domain.postprocess.context import DraftContext

WORD = re.compile(r"\S+")


def shorten(text: str, context: DraftContext) -> str:
    """Cuts a text of over 1.5 times the word limit at the last sentence, else word, that fits."""
    ends = [word.end() for word in WORD.finditer(text)]
    limit = context.max_words + context.max_words // 2
    if len(ends) <= limit:
        return _fit_telegram(text)
    cut = text[: ends[limit - 1]]
    end = max(cut.rfind(mark) for mark in ".!?…")
    return _fit_telegram(cut[: end + 1] if end > len(cut) // 3 else cut.rstrip(",;:") + "…")


def _fit_telegram(text: str) -> str:
    """Cuts to 4096 UTF-16 code units, never inside a character; a text that was cut ends in an ellipsis."""
    raw = text.encode("utf-16-le")
    if len(raw) <= TEXT_LIMIT * 2:
        return text
    return raw[: (TEXT_LIMIT - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"


def is_empty(text: str, context: DraftContext) -> str | None:
    """Refuses a text without a letter, digit or emoji."""
    return None if any(character.isprintable() and not character.isspace() for character in text) else "empty"
