"""Insights made from messages' own words, without a model."""

from collections.abc import Collection
from typing import Any

from sandbox.llm.prompts import Item, Line
from sandbox.llm.words import contains_any, find_telling_words

NOTHING = "small talk"
GOOD = ("good", "great", "love", "like", "buy", "bullish", "up", "iyi", "güzel", "severim", "al", "yükselir")
BAD = ("bad", "terrible", "hate", "sell", "bearish", "down", "crash", "kötü", "sat", "düşer", "korkunç")


def asks_for_insights(wanted: Collection[str]) -> bool:
    """Whether a schema with these properties asks for insights rather than a message."""
    return "insights" in wanted


def read_lines(item: Item) -> dict[str, Any]:
    """Returns one insight for every line of the item's chat, numbered from 1."""
    return {"insights": [_read(line, number) for number, line in enumerate(item.chat.lines, start=1)]}


def _read(line: Line, number: int) -> dict[str, Any]:
    topic = next(iter(find_telling_words(line.text)), NOTHING)
    liked, disliked = contains_any(line.text, GOOD), contains_any(line.text, BAD)
    stance = "none" if "?" in line.text else "for" if liked > disliked else "against" if disliked > liked else "neutral"
    mood = 0.5 * (liked - disliked)
    return {"n": number, "topic": topic, "stance": stance, "sentiment": mood, "summary": f"It is about {topic}."}
