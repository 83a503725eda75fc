"""Pending updates of a bot: kept in order until confirmed, for at most a day, as in the Bot API."""

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

FIRST_UPDATE_ID = 100_000_001
KEPT_S = 24 * 3600.0
"""Seconds an unconfirmed update is kept (core.telegram.org/bots/api#getting-updates)."""

ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot receives only when they are listed in allowed_updates."""


class Body:
    """The content of an update, shared by the queues of all its receivers, so that it is encoded once."""

    def __init__(self, kind: str, content: dict[str, Any]) -> None:
        self.kind = kind
        self.content = content

    @property
    def chat_id(self) -> int:
        """The id of its chat."""
        chat_id: int = self.content["chat"]["id"]
        return chat_id

    @cached_property
    def encoded(self) -> str:
        """Returns the JSON member of an Update object: `"message":{…}`."""
        return f'"{self.kind}":{json.dumps(self.content, separators=(",", ":"))}'


@dataclass(slots=True)
class Update:
    """One update of one bot. `repeated` marks a copy that a fault requeued after it was confirmed."""

    update_id: int
    body: Body
    created_at: float
    repeated: bool = False

    def encode(self) -> str:
        """Returns the JSON of the Update object."""
        return f'{{"update_id":{self.update_id},{self.body.encoded}}}'


class UpdateQueue:
    """A bot's unconfirmed updates and its one poll in progress."""

    def __init__(self) -> None:
        self.pending: deque[Update] = deque()
        self.next_id = FIRST_UPDATE_ID
        self.allowed: frozenset[str] = frozenset()
        self.changed = asyncio.Event()
        self.poll = 0

    def wants(self, kind: str) -> bool:
        """Whether allowed_updates includes this kind; an empty setting means Telegram's default."""
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST_ONLY

    def add(self, body: Body, now: float, update_id: int | None = None) -> int:
        """Appends an update, dropping those older than a day; returns its id (the next one unless given)."""
        number = self.next_id if update_id is None else update_id
        self.next_id = max(self.next_id, number + 1)
        while self.pending and self.pending[0].created_at < now - KEPT_S:
            self.pending.popleft()
        self.pending.append(Update(number, body, now))
        self.changed.set()
        return number

    def confirm_below(self, offset: int) -> list[Update]:
        """Removes and returns the updates with an id below `offset`; later ids are never below it."""
        confirmed = [update for update in self.pending if update.update_id < offset]
        if confirmed:
            self.pending = deque(update for update in self.pending if update.update_id >= offset)
        return confirmed

    def confirm(self, update_id: int) -> None:
        """Removes one update, wherever it is in the queue."""
        self.pending = deque(update for update in self.pending if update.update_id != update_id)

    def put_back(self, updates: Iterable[Update]) -> None:
        """Requeues confirmed updates before all others."""
        for update in reversed(list(updates)):
            self.pending.appendleft(Update(update.update_id, update.body, update.created_at, repeated=True))

    def head(self, limit: int) -> list[Update]:
        """Returns the oldest `limit` updates, in order."""
        return [self.pending[i] for i in range(min(limit, len(self.pending)))]

    def open_poll(self) -> int:
        """Starts a poll, which ends the one in progress; returns its ticket, to compare with `poll` later."""
        self.poll += 1
        self.changed.set()
        return self.poll
