"""Does an answer repeat what only another item of the same request was told?

One request carries items of many chats. What a chat's people said is private to it: an answer that shares a run of six
words with another item's context, and not with its own, is thrown back and generated alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

RUN = 6
"""Words in a row that two people hardly ever share by chance."""

WORD = re.compile(r"\w+")
Shingle = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrivateContext:
    """What one item was told: its texts, and a canary that no honest answer holds."""

    texts: tuple[str, ...]
    canary: str = ""


def find_leaks(answers: Mapping[str, str], contexts: Mapping[str, PrivateContext]) -> dict[str, str]:
    """The answers that hold another item's private words: answer id to the id of the item whose words they are."""
    holders: dict[Shingle, set[str]] = {}
    for item_id, context in contexts.items():
        for shingle in _context_runs(context):
            holders.setdefault(shingle, set()).add(item_id)
    leaks = {}
    for item_id, answer in answers.items():
        source = _spilled_canary(item_id, answer, contexts) or _shared_run(item_id, answer, holders)
        if source is not None:
            leaks[item_id] = source
    return leaks


def _spilled_canary(item_id: str, answer: str, contexts: Mapping[str, PrivateContext]) -> str | None:
    """The item whose canary the answer holds."""
    folded = answer.casefold()
    own = contexts[item_id].canary
    found = (
        other
        for other, context in contexts.items()
        if other != item_id and context.canary and context.canary != own and context.canary.casefold() in folded
    )
    return next(found, None)


def _shared_run(item_id: str, answer: str, holders: Mapping[Shingle, set[str]]) -> str | None:
    """The item that shares a run of six words with the answer, unless the answer's own context holds it as well."""
    for shingle in _runs(answer):
        owners = holders.get(shingle, set())
        if owners and item_id not in owners:
            return min(owners)
    return None


def _context_runs(context: PrivateContext) -> set[Shingle]:
    return {shingle for text in context.texts for shingle in _runs(text)}


def _runs(text: str) -> list[Shingle]:
    words = WORD.findall(text.casefold())
    return [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]
