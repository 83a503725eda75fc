"""Sentiment of a message, by a lexicon if there is one for its language.

English: VADER (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text",
ICWSM 2014). In other languages it is unknown until a model has read the message.
"""

from __future__ import annotations

from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

CHARACTERS = 400
"""Most characters of a message that are used: VADER's time grows with the square of the words."""


def find_sentiment(text: str, language: str | None) -> float | None:
    """Returns -1 (bad) to 1 (good), 0 for neutral; None when there is no lexicon for the language."""
    if language != "en":
        return None
    return float(_vader().polarity_scores(text[:CHARACTERS])["compound"])


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
