"""A batch of updates during processing, and its results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.domain.ingest.updates import (
    Update,
)
from app.domain.ports import TickRef
from app.repositories.ingest.inbox import StoredUpdate
from app.repositories.ingest.store import KnownChat


@dataclass(frozen=True, slots=True)
class Processed:
    """The results of a batch of updates; `forgot` when somebody asked to be forgotten."""

    ticks: tuple[TickRef, ...] = ()
    chat_ids: tuple[int, ...] = ()
    answers: int = 0
    forgot: bool = False

    def __add__(self, other: Processed) -> Processed:
        return Processed(
            self.ticks + other.ticks,
            tuple(dict.fromkeys(self.chat_ids + other.chat_ids)),
            self.answers + other.answers,
            self.forgot or other.forgot,
        )


@dataclass(slots=True)
class UpdateBatch:
    """A batch during processing: parsed updates, known chats, and the outcome of each update."""

    session: Session
    now: dt.datetime
    updates: Sequence[StoredUpdate]
    received: Mapping[int, Update]
    outcomes: dict[int, str]
    operator: str
    chats: Mapping[int, KnownChat] = field(default_factory=dict)
    ours: Mapping[int, int] = field(default_factory=dict)
    leaders: dict[int, int | None] = field(default_factory=dict)

    def in_order(self) -> Iterable[tuple[StoredUpdate, Update]]:
        """Yields the updates, each with its parsed form, by Telegram's numbering."""
        return ((update, self.received[update.id]) for update in sorted(self.updates, key=lambda one: one.update_id))
