"""The mood of a message, told by a lexicon where there is one for its language.

English: VADER (Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text",
ICWSM 2014). For the others nobody can tell before a model has read the message.
"""

from __future__ import annotations

from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

CHARACTERS = 400
"""What is read of a long message: VADER's time grows with the square of the words."""


def find_sentiment(text: str, language: str | None) -> float | None:
    """From -1 (bad) to 1 (good), 0 when the words say neither; None when no lexicon fits the language."""
    if language != "en":
        return None
    return float(_vader().polarity_scores(text[:CHARACTERS])["compound"])


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
