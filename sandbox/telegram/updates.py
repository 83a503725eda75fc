"""Updates waiting for a bot: kept in order until confirmed, for at most a day, as the Bot API keeps them."""

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
"""Kinds that a bot receives only when it names them in allowed_updates."""


class Body:
    """What an update carries; shared by the queues of all its receivers, so that it is encoded once."""

    def __init__(self, kind: str, content: dict[str, Any]) -> None:
        self.kind = kind
        self.content = content

    @property
    def chat_id(self) -> int:
        """The chat it speaks of."""
        chat_id: int = self.content["chat"]["id"]
        return chat_id

    @cached_property
    def encoded(self) -> str:
        """The JSON member of an Update object: `"message":{…}`."""
        return f'"{self.kind}":{json.dumps(self.content, separators=(",", ":"))}'


@dataclass(slots=True)
class Update:
    """One update of one bot. `repeated` marks a copy that a fault put back after it was confirmed."""

    update_id: int
    body: Body
    created_at: float
    repeated: bool = False

    def encode(self) -> str:
        """The wire JSON of the Update object."""
        return f'{{"update_id":{self.update_id},{self.body.encoded}}}'


class UpdateQueue:
    """A bot's unconfirmed updates and the one poll that may wait for them."""

    def __init__(self) -> None:
        self.pending: deque[Update] = deque()
        self.next_id = FIRST_UPDATE_ID
        self.allowed: frozenset[str] = frozenset()
        self.changed = asyncio.Event()
        self.poll = 0

    def wants(self, kind: str) -> bool:
        """Whether allowed_updates lets this kind in; an empty setting means Telegram's default."""
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST_ONLY

    def add(self, body: Body, now: float, update_id: int | None = None) -> int:
        """Append an update, dropping those older than a day; returns its id (the next one unless given)."""
        number = self.next_id if update_id is None else update_id
        self.next_id = max(self.next_id, number + 1)
        while self.pending and self.pending[0].created_at < now - KEPT_S:
            self.pending.popleft()
        self.pending.append(Update(number, body, now))
        self.changed.set()
        return number

    def confirm_below(self, offset: int) -> list[Update]:
        """Forget the updates with an id below `offset` and return them; ids to come are never below it."""
        confirmed = [update for update in self.pending if update.update_id < offset]
        if confirmed:
            self.pending = deque(update for update in self.pending if update.update_id >= offset)
        return confirmed

    def confirm(self, update_id: int) -> None:
        """Forget one update, in whichever place it stands."""
        self.pending = deque(update for update in self.pending if update.update_id != update_id)

    def put_back(self, updates: Iterable[Update]) -> None:
        """Deliver confirmed updates once more, before all others."""
        for update in reversed(list(updates)):
            self.pending.appendleft(Update(update.update_id, update.body, update.created_at, repeated=True))

    def head(self, limit: int) -> list[Update]:
        """The oldest `limit` updates, in order."""
        return [self.pending[i] for i in range(min(limit, len(self.pending)))]

    def open_poll(self) -> int:
        """Start a poll, which ends the one under way; returns its ticket, to compare with `poll` later."""
        self.poll += 1
        self.changed.set()
        return self.poll
