"""The operators' additions to the filter's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.domain.safety.folding import fold


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """Hosts that links may lead to (with their subdomains), and blocked words or phrases."""

    allowed_hosts: tuple[str, ...] = ()
    blocked_words: tuple[str, ...] = ()


NOTHING_ALLOWED = SafetyPolicy()


def holds_a_blocked_word(text: str, words: tuple[str, ...]) -> bool:
    """Returns whether a folded text holds one of `words`, as whole words in any spelling."""
    return bool(words) and _pattern(words).search(text) is not None


@lru_cache(maxsize=64)
def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Returns one pattern for a list, cached as it seldom changes; spaces of a phrase match any gap."""
    folded = (r"[\W_]+".join(map(re.escape, fold(word).split())) for word in words)
    choices = "|".join(choice for choice in folded if choice)
    return re.compile(rf"(?<![^\W_])(?:{choices})(?![^\W_])" if choices else r"(?!)")
