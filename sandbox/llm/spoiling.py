"""Faults in the words of an answer: items missing, added, swapped, emptied, or with another item's words."""

import random
from collections.abc import Collection
from typing import Any

from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.prompts import Item

LEAKED_WORDS = 12
LEAST_LEAKED_WORDS = 6
"""Minimum number of words of a message."""


def spoil(
    entries: list[dict[str, Any]],
    items: tuple[Item, ...],
    kinds: Collection[FaultKind],
    rng: random.Random,
    id_name: str,
) -> list[dict[str, Any]]:
    """Returns the entries with the first of `kinds` that spoils words applied to one of them."""
    place = rng.randrange(len(entries))
    words = next(name for name in ("text", "summary", "insights") if name in entries[place])
    if "missing_item" in kinds:
        return entries[:place] + entries[place + 1 :]
    if "extra_item" in kinds:
        return [*entries, {**entries[place], id_name: f"extra-{rng.randrange(10**6)}"}]
    if "swapped_ids" in kinds:
        texts = [entry[words] for entry in entries]
        return [{**entry, words: text} for entry, text in zip(entries, texts[1:] + texts[:1], strict=True)]
    if "empty_text" in kinds:
        entries[place][words] = ""
    if "leak" in kinds:
        other = (place + 1) % len(items)
        _add_words(entries[place], _leaked_words(items[other]) or _words_of(entries[other]))
    return entries


def _add_words(entry: dict[str, Any], leaked: str) -> None:
    """Appends words to the text of an entry, or of its first insight."""
    part = entry["insights"][0] if entry.get("insights") else entry
    name = "text" if "text" in part else "summary"
    part[name] = f"{part.get(name, '')} {leaked}"


def _words_of(entry: dict[str, Any]) -> str:
    return str(entry.get("text") or entry.get("summary") or "")


def _leaked_words(other: Item) -> str:
    """Returns text of another item only: a run of the longest line that people wrote in its chat, else its `ref`."""
    longest = max((line.text for line in other.chat.lines if not line.is_bot), key=len, default="")
    words = longest.split()[:LEAKED_WORDS]
    return " ".join(words) if len(words) >= LEAST_LEAKED_WORDS else other.ref
