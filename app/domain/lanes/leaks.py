"""Does an answer repeat what only another item of the same request was told?

One request carries items of many chats. What a chat's people said is private to it: an answer that shares a run of six
words with another item's context, and not with its own, is thrown back and generated alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

RUN = 6
"""Words in a row that two people hardly ever share by chance."""

CANARY_BYTES = 6

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PrivateContext:
    """What one item was told: its texts, and a canary that no honest answer holds."""

    texts: tuple[str, ...]
    canary: str = ""


def canary_of(utterance_id: int) -> str:
    """A word that stands in one prompt item only: an answer to another one that holds it has leaked."""
    return hashlib.blake2s(str(utterance_id).encode(), digest_size=CANARY_BYTES).hexdigest()


class LeakCheck:
    """What all items of one request were told, ready to be looked for in their answers.

    Each text is held as its bare words in one string, where looking for a run is one search.
    """

    def __init__(self, contexts: Mapping[str, PrivateContext]) -> None:
        self._canaries = {item_id: context.canary.casefold() for item_id, context in contexts.items()}
        self._told = {item_id: "\n".join(map(_bare, context.texts)) for item_id, context in contexts.items()}
        self._all = "\n".join(self._told.values())

    def find(self, answers: Mapping[str, str]) -> dict[str, str]:
        """The answers that hold another item's private words: answer id to the id of the item whose words they are."""
        leaks = {}
        for item_id, answer in answers.items():
            source = self._spilled_canary(item_id, answer) or self._shared_run(item_id, answer)
            if source is not None:
                leaks[item_id] = source
        return leaks

    def _spilled_canary(self, item_id: str, answer: str) -> str | None:
        """The item whose canary the answer holds."""
        folded, own = answer.casefold(), self._canaries[item_id]
        found = (other for other, canary in self._canaries.items() if canary and canary != own and canary in folded)
        return next(found, None)

    def _shared_run(self, item_id: str, answer: str) -> str | None:
        """The item that shares a run of six words with the answer, unless the answer's own context holds it as well."""
        own = self._told[item_id]
        for run in _runs(answer):
            if run in self._all and run not in own:
                return min(other for other, told in self._told.items() if run in told)
        return None


def _bare(text: str) -> str:
    """The words of a text, each between two spaces."""
    return f" {' '.join(WORD.findall(text.casefold()))} "


def _runs(text: str) -> list[str]:
    words = WORD.findall(text.casefold())
    return [f" {' '.join(words[start : start + RUN])} " for start in range(len(words) - RUN + 1)]
