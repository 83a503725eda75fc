"""Injected faults: their kind, the calls they apply to, their count and duration."""

import itertools
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    "latency",
    "status",
    "status_after",
    "drop_before",
    "drop_after",
    "forbidden",
    "unauthorized",
    "migrate",
    "flood",
    "duplicate_updates",
    "reorder_updates",
]
CHAT_KINDS = frozenset({"forbidden", "migrate", "flood"})
"""Faults that, unless scoped to a method, apply only to calls with a chat."""

MESSAGE_METHODS = frozenset({"sendMessage", "editMessageText"})
AFTER_ACCEPTANCE = frozenset({"drop_after", "status_after"})
"""Faults that apply to MESSAGE_METHODS unless scoped to a method: the message is in the chat, and no answer says so."""

AMBIGUOUS = frozenset({"status", "status_after", "drop_before", "drop_after"})
"""Faults after which a caller cannot know whether its call was accepted."""


@dataclass(slots=True)
class Fault:
    """One fault. A scope field left None matches all; `count` is how many calls it may still hit, `until` its end.

    `seconds` belongs to latency (before the call is accepted, or `after`), `status` (a 5xx) to status and status_after,
    `retry_after` (seconds) to flood.
    """

    id: int
    kind: Kind
    method: str | None = None
    bot_id: int | None = None
    chat_id: int | None = None
    probability: float = 1.0
    count: int | None = None
    until: float | None = None
    seconds: float = 1.0
    after: bool = False
    status: int = 500
    retry_after: int = 5
    hits: int = 0

    def covers(self, method: str | None, bot_id: int | None, chat_id: int | None) -> bool:
        """Whether a call is in the scope; methods compare without case."""
        return (
            self._covers_method(method, chat_id)
            and (self.bot_id is None or self.bot_id == bot_id)
            and (self.chat_id is None or self.chat_id == chat_id)
        )

    def _covers_method(self, method: str | None, chat_id: int | None) -> bool:
        if self.method is not None:
            return method is not None and self.method.lower() == method.lower()
        if self.kind in AFTER_ACCEPTANCE:
            return method in MESSAGE_METHODS
        return self.kind not in CHAT_KINDS or chat_id is not None


class Faults:
    """The active faults."""

    def __init__(self, clock: Callable[[], float], rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, kind: Kind, *, for_s: float | None = None, **settings: Any) -> Fault:
        """Activates a fault, for `for_s` seconds or until it is removed or its count is used up."""
        until = None if for_s is None else self._clock() + for_s
        fault = Fault(next(self._ids), kind, until=until, **settings)
        self._faults.append(fault)
        return fault

    def take(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        bot_id: int | None = None,
        chat_id: int | None = None,
        after: bool = False,
    ) -> Fault | None:
        """Returns the fault of this kind that applies to this call, if any, and counts the hit."""
        self._expire()
        for fault in self._faults:
            if fault.kind != kind or fault.after != after or not fault.covers(method, bot_id, chat_id):
                continue
            if fault.probability < 1.0 and self._rng.random() >= fault.probability:
                continue
            return self._strike(fault)
        return None

    @staticmethod
    def _strike(fault: Fault) -> Fault:
        fault.hits += 1
        if fault.count is not None:
            fault.count -= 1
        return fault

    def _expire(self) -> None:
        if not self._faults:
            return
        now = self._clock()
        self._faults = [
            fault for fault in self._faults if fault.count != 0 and (fault.until is None or now < fault.until)
        ]

    def list_all(self) -> list[dict[str, Any]]:
        """Returns the active faults, as JSON objects."""
        self._expire()
        return [asdict(fault) for fault in self._faults]

    def clear(self, fault_id: int | None = None) -> int:
        """Removes one fault, or (None) all; returns how many were removed."""
        kept = [] if fault_id is None else [fault for fault in self._faults if fault.id != fault_id]
        lifted = len(self._faults) - len(kept)
        self._faults = kept
        return lifted
