"""Pace of long polling: what of an answer is new, and the pause after answers that bring nothing, and too soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.ingest.numbers import read_update_number

EARLY_S = 1.0
"""Seconds; a long poll that ends sooner with nothing new did not wait, whatever its server says."""
PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after one early answer, after two in a row, and so on."""
MANY_EARLY = 5
"""Early answers in a row that an operator should hear of."""
REMEMBERED = 1000
"""Ids by which an update that comes again is known; one answer brings 100 at most."""


class UpdateStream:
    """The updates of one bot: `offset` is the first id not received yet, `early` counts early answers in a row."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self._received: dict[int, None] = {}
        self.early = 0

    def pick_new(self, updates: Sequence[Any]) -> list[dict[str, Any]]:
        """Returns what is an update and was not received before.

        One below the offset may be new: after a week of silence Telegram chooses the next id at random
        (https://core.telegram.org/bots/api#update).
        """
        return [update for update in updates if _is_update(update) and update["update_id"] not in self._received]

    def accept(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Moves the offset behind updates that are stored."""
        ids = [update["update_id"] for update in updates]
        self._received.update(dict.fromkeys(ids))
        for old in list(self._received)[:-REMEMBERED]:
            del self._received[old]
        self.offset = max(ids) + 1

    def pause_after(self, took_s: float, *, brought: bool) -> float:
        """Returns seconds to wait before the next call, after one of `took_s` seconds."""
        if brought or took_s >= EARLY_S:
            self.early = 0
            return 0.0
        self.early += 1
        return PAUSES_S[min(self.early, len(PAUSES_S)) - 1]


def _is_update(update: Any) -> bool:
    return isinstance(update, dict) and read_update_number(update) is not None
