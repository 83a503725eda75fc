"""Pace of long polling: what of an answer is new, and the pause after answers that bring nothing, and too soon."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.ingest.numbers import read_update_number

EARLY_S = 1.0
"""Seconds; a long poll that ends sooner with nothing new did not wait, whatever its server says."""
PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after one early answer, after two in a row, and so on."""
REMEMBERED = 1000


class UpdateStream:
    """The updates of one bot: `offset` is the first id that was not received yet."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self._received: deque[int] = deque(maxlen=REMEMBERED)
        self._early = 0

    def pick_new(self, updates: Sequence[Any]) -> list[dict[str, Any]]:
        """Returns what is an update and was not received before.

        One below the offset may be new: after a week of silence Telegram chooses the next id at random
        (https://core.telegram.org/bots/api#update).
        """
        return [update for update in updates if _is_update(update) and self._is_new(update["update_id"])]

    def _is_new(self, update_id: int) -> bool:
        return update_id >= self.offset or update_id not in self._received

    def accept(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Moves the offset behind updates that are stored."""
        ids = [update["update_id"] for update in updates]
        self._received.extend(ids)
        self.offset = max(ids) + 1

    def pause_after(self, took_s: float, *, brought: bool) -> float:
        """Returns seconds to wait before the next call, after one of `took_s` seconds."""
        if brought or took_s >= EARLY_S:
            self._early = 0
            return 0.0
        self._early += 1
        return PAUSES_S[min(self._early, len(PAUSES_S)) - 1]


def _is_update(update: Any) -> bool:
    return isinstance(update, dict) and read_update_number(update) is not None
