"""How long a bot reads and types. All times in seconds."""

from __future__ import annotations

import random

CHARACTERS_PER_WORD = 5.0
MIN_TYPING_S = 1.0


def typing_time(text: str, words_per_minute: int, max_s: float) -> float:
    """Seconds to type `text`: its characters over five a word (the typists' convention), between 1 and `max_s`."""
    words = len(text) / CHARACTERS_PER_WORD
    return max(min(MIN_TYPING_S, max_s), min(max_s, words / words_per_minute * 60))


def reading_time(urgent: bool, rng: random.Random) -> float:
    """Seconds before typing starts: a moment for an answer someone waits for, up to 1.5 otherwise."""
    return rng.uniform(0.0, 0.2) if urgent else rng.uniform(0.2, 1.5)
