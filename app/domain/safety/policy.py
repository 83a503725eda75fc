"""What operators add to the filter's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.domain.safety.folding import fold


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """Hosts that links may lead to (each with what is below it), and words or phrases that no bot says."""

    allowed_hosts: tuple[str, ...] = ()
    blocked_words: tuple[str, ...] = ()


NOTHING_ALLOWED = SafetyPolicy()


def holds_a_blocked_word(text: str, words: tuple[str, ...]) -> bool:
    """Whether a folded text holds one of `words`, as whole words and however they are written."""
    return bool(words) and _pattern(words).search(text) is not None


@lru_cache(maxsize=64)
def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern for a list that seldom changes; spaces of a phrase stand for any gap."""
    folded = (r"[\W_]+".join(map(re.escape, fold(word).split())) for word in words)
    choices = "|".join(choice for choice in folded if choice)
    return re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])" if choices else r"(?!)")
