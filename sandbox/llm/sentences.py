"""Sentences made from a persona and its chat: the same for equal items, different for different ones.

A sentence is composed of a lead that names what it answers, a clause about something the persona holds or the chat
said, and, as `max_words` allows, an opener in the persona's tone, a second clause and a closer. It promises no profit
and never claims to be a person.
"""

import random
from collections.abc import Sequence

from sandbox.llm.prompts import Item
from sandbox.llm.writer import Writer

FRESH_ATTEMPTS = 8


def compose_all(items: Sequence[Item]) -> list[str]:
    """Returns a sentence for each item, without duplicates as far as the phrasebook allows."""
    texts: list[str] = []
    for item in items:
        text = compose(item)
        for attempt in range(1, FRESH_ATTEMPTS):
            if text not in texts:
                break
            text = compose(item, attempt)
        texts.append(text)
    return texts


def compose(item: Item, attempt: int = 0) -> str:
    """Returns the sentence for one item, at most `task.max_words` words; another `attempt` gives another sentence."""
    writer = Writer(item, random.Random(item.seed + attempt))
    parts = writer.write_parts()
    while len(parts.joined().split()) > item.task.max_words and parts.drop_one():
        pass
    words = parts.joined().split()
    if len(words) <= item.task.max_words:
        return " ".join(words)
    return " ".join(words[: item.task.max_words]).rstrip(",:;.") + "."
