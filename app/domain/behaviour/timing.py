"""Reading and typing times of a bot, in seconds."""

from __future__ import annotations

import random

from app.domain.settings import FleetSettings

CHARACTERS_PER_WORD = 5.0
MIN_TYPING_S = 1.0
URGENT_MEAN = 1 / 3
"""Mean reading time before an answer to a mention, as a fraction of the longest."""


def typing_time(text: str, words_per_minute: int, max_s: float) -> float:
    """Returns seconds to type `text`, at five characters a word (the typists' convention), between 1 and `max_s`."""
    words = len(text) / CHARACTERS_PER_WORD
    return max(min(MIN_TYPING_S, max_s), min(max_s, words / words_per_minute * 60))


def reading_time(urgent: bool, tempo: float, settings: FleetSettings, rng: random.Random) -> float:
    """Draws seconds before typing starts: exponential, as waits between independent events are, within bounds.

    A bot of twice the tempo reads half as long. For an urgent answer only the setting for answers counts.
    """
    if urgent:
        longest = settings.answer_reading_max_s
        return min(longest, _exponential(longest * URGENT_MEAN, rng))
    wait_s = _exponential(settings.reading_mean_s / tempo, rng)
    return min(settings.reading_max_s, max(settings.reading_min_s, wait_s))


def _exponential(mean_s: float, rng: random.Random) -> float:
    return rng.expovariate(1.0) * mean_s
