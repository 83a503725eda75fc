"""Digests made from a chat's own words, without a model."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sandbox.llm.prompts import Item
from sandbox.llm.words import find_telling_words

TOPICS = 3
NOTHING = "small talk"


def is_digest(wanted: Collection[str]) -> bool:
    """Whether a schema with these properties asks for a digest rather than a message."""
    return {"topics", "mood", "summary"} <= set(wanted)


def sum_up(item: Item) -> dict[str, Any]:
    """Returns the words shared by most lines of the item's chat, as topics and as a sentence."""
    counts = Counter(word for line in item.chat.lines for word in set(find_telling_words(line.text)))
    topics: list[str] = []
    for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], -len(pair[0]), pair[0])):
        if len(topics) < TOPICS and not any(word in chosen or chosen in word for chosen in topics):
            topics.append(word)
    topics = topics or [NOTHING]
    mood = "excited" if sum(line.text.count("!") for line in item.chat.lines) > len(item.chat.lines) / 2 else "calm"
    return {"topics": topics, "mood": mood, "summary": f"People here talk about {' and '.join(topics[:2])}."}
