"""Detection of answers that repeat the private context of another item of the same request.

One request carries items of many chats, and messages are private to their chat: an answer that shares a run of six
words with another item's context, and not with its own, is rejected and generated alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

RUN = 6
"""Words in a row that two texts hardly ever share by chance."""

CANARY_BYTES = 6

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PrivateContext:
    """The texts of one item, a canary that no correct answer holds, and texts that are no other item's secret to it."""

    texts: tuple[str, ...]
    canary: str = ""
    seen: tuple[str, ...] = ()


def canary_of(utterance_id: int) -> str:
    """Returns a word that is unique to one prompt item: an answer to another item that holds it has leaked."""
    return hashlib.blake2s(str(utterance_id).encode(), digest_size=CANARY_BYTES).hexdigest()


class LeakCheck:
    """Searches the answers of one request for the texts of its other items.

    Each text is one string of bare words, so that a run is found with one search.
    """

    def __init__(self, contexts: Mapping[str, PrivateContext]) -> None:
        self._canaries = {item_id: context.canary.casefold() for item_id, context in contexts.items()}
        self._told = {item_id: "\n".join(map(_bare, context.texts)) for item_id, context in contexts.items()}
        self._all = "\n".join(self._told.values())
        self._seen = {item_id: context.seen for item_id, context in contexts.items()}

    def find(self, answers: Mapping[str, str]) -> dict[str, str]:
        """Returns the leaked answers: answer id to the id of the item whose words it holds."""
        leaks = {}
        for item_id, answer in answers.items():
            source = self._spilled_canary(item_id, answer) or self._shared_run(item_id, answer)
            if source is not None:
                leaks[item_id] = source
        return leaks

    def _spilled_canary(self, item_id: str, answer: str) -> str | None:
        """Returns the other item whose canary the answer holds."""
        folded, own = answer.casefold(), self._canaries[item_id]
        found = (other for other, canary in self._canaries.items() if canary and canary != own and canary in folded)
        return next(found, None)

    def _shared_run(self, item_id: str, answer: str) -> str | None:
        """Returns the item that shares a run of six words with the answer that the answer's own context lacks."""
        own = self._told[item_id]
        for run in _runs(answer):
            if run in self._all and run not in own and not any(run in _bare(text) for text in self._seen[item_id]):
                return min(other for other, told in self._told.items() if run in told)
        return None


def _bare(text: str) -> str:
    """Returns the words of a text, each between two spaces."""
    return f" {' '.join(WORD.findall(text.casefold()))} "


def _runs(text: str) -> list[str]:
    words = WORD.findall(text.casefold())
    return [f" {' '.join(words[start : start + RUN])} " for start in range(len(words) - RUN + 1)]
