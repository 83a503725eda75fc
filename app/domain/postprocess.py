"""From a model's draft to a message: an ordered tuple of rewrites, then an ordered tuple of checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.domain.markup import TEXT_LIMIT
from app.domain.safety import check_safety

WRAPPERS = (('"', '"'), ("“", "”"), ("«", "»"), ("'", "'"))
SPACES = re.compile(r"[ \t\r\f\v]+")
LINE_ENDS = re.compile(r" ?\n ?")
BLANK_LINES = re.compile(r"\n{3,}")
WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a draft is held against: the speaker's name, the word limit, and what was said lately in the chat."""

    speaker: str
    max_words: int
    recent: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The draft is not sent, for `reason` (a code such as `duplicate`)."""

    reason: str


Rewrite = Callable[[str, Draft], str]
Check = Callable[[str, Draft], str | None]


def finish(text: str, draft: Draft) -> str | Refused:
    """The text to send, or why nothing is sent."""
    for rewrite in REWRITES:
        text = rewrite(text, draft)
    for check in CHECKS:
        reason = check(text, draft)
        if reason:
            return Refused(reason)
    return text


def tidy_spaces(text: str, draft: Draft) -> str:
    """One space between words, at most one empty line, no NUL."""
    text = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return BLANK_LINES.sub("\n\n", LINE_ENDS.sub("\n", SPACES.sub(" ", text))).strip()


def strip_wrappers(text: str, draft: Draft) -> str:
    """Removes quotation marks around the whole and the speaker's own name in front, in whatever order they come."""
    while (bare := _strip_one(text, draft)) != text:
        text = bare
    return text


def _strip_one(text: str, draft: Draft) -> str:
    name = re.match(re.escape(f"{draft.speaker}:"), text, re.IGNORECASE)
    if name:
        return text[name.end() :].strip()
    for opening, closing in WRAPPERS:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing) and text.count(opening) <= 2:
            return text[1:-1].strip()
    return text


def shorten(text: str, draft: Draft) -> str:
    """Cuts a text of more than one and a half times the word limit at the last sentence, else word, that fits."""
    ends = [word.end() for word in WORD.finditer(text)]
    limit = draft.max_words + draft.max_words // 2
    if len(ends) <= limit:
        return _fit_telegram(text)
    cut = text[: ends[limit - 1]]
    end = max(cut.rfind(mark) for mark in ".!?…")
    return _fit_telegram(cut[: end + 1] if end > len(cut) // 3 else cut.rstrip(",;:") + "…")


def _fit_telegram(text: str) -> str:
    """At most 4096 UTF-16 code units, never cut inside a character; a text that was cut ends in an ellipsis."""
    raw = text.encode("utf-16-le")
    if len(raw) <= TEXT_LIMIT * 2:
        return text
    return raw[: (TEXT_LIMIT - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"


def is_empty(text: str, draft: Draft) -> str | None:
    """Refuses a text without a letter, digit or emoji."""
    return None if any(character.isprintable() and not character.isspace() for character in text) else "empty"


def is_duplicate(text: str, draft: Draft) -> str | None:
    """Refuses what was said word for word in the chat's recent messages."""
    said = {recent.casefold().strip() for recent in draft.recent}
    return "duplicate" if text.casefold().strip() in said else None


def is_unsafe(text: str, draft: Draft) -> str | None:
    """Refuses what the safety filter refuses."""
    reason = check_safety(text)
    return f"unsafe_{reason}" if reason else None


REWRITES: tuple[Rewrite, ...] = (tidy_spaces, strip_wrappers, shorten)
CHECKS: tuple[Check, ...] = (is_empty, is_duplicate, is_unsafe)
