"""What work runs on: time, the queue of hints, live events, and what is kept secret."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.traces.silence import SilentTick


class Clock(Protocol):
    """The time, passed in so that nothing below reads it."""

    def now(self) -> dt.datetime:
        """The current instant, timezone-aware UTC."""
        ...


class TaskQueue(Protocol):
    """Hints to workers. Losing one delays work and loses none: Postgres holds what is due."""

    def publish_ticks(self, ticks: Iterable[TickRef], expires_s: float) -> int:
        """Publishes one ambient tick a bot to its shard's queue; returns how many were published."""
        ...

    def publish_urgent_tick(self, tick: TickRef) -> None:
        """Publishes a tick for a bot that was spoken to; it overtakes ambient ones."""
        ...

    def nudge_generation(self, lane: str, delay_s: float = 0.0) -> None:
        """Asks a worker to look at a lane; several nudges under way become one."""
        ...

    def nudge_delivery(self) -> None:
        """Asks a worker to look at the outbox."""
        ...

    def nudge_ingest(self) -> None:
        """Asks a worker to look at the inbox."""
        ...

    def nudge_forgetting(self) -> None:
        """Asks a worker to look at who asked to be forgotten."""
        ...


@dataclass(frozen=True, slots=True)
class TickRef:
    """The identity of a tick. `mention_id` names the mention that made it, for an urgent one."""

    bot_id: int
    due_at: dt.datetime
    shard: int = 0
    mention_id: int | None = None


class EventStream(Protocol):
    """Live events for the admin's pages. Losing one costs a page a refresh and nothing else."""

    def publish(self, kind: str, **fields: Any) -> None:
        """Tells every open page; never raises."""
        ...


class SilenceLog(Protocol):
    """The last silent ticks of each bot, and counts by reason and hour. Losing them costs an explanation."""

    def note(self, bot_id: int, tick: SilentTick) -> None:
        """Keeps and counts a tick; never raises."""
        ...

    def last(self, bot_id: int) -> Sequence[SilentTick]:
        """The bot's last silent ticks, newest first."""
        ...

    def count(self, bot_id: int | None, now: dt.datetime, hours: int = 24) -> Mapping[dt.datetime, Mapping[str, int]]:
        """Silent ticks by reason in each of the last hours that had any; of the whole fleet for None."""
        ...


class TokenVault(Protocol):
    """Encrypts bot tokens at rest."""

    def encrypt(self, token: str) -> str:
        """The ciphertext to store."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """The token. Raises ConfigError when no key fits."""
        ...

    def rotate(self, ciphertext: str) -> str | None:
        """The same under the newest key, or None when it is under that key already. Raises ConfigError."""
        ...
