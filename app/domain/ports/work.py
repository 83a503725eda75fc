"""Protocols of the clock, the task queue, live events, the silence log and the token vault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.domain.traces.silence import SilentTick


class Clock(Protocol):
    """The time, passed in so that the domain does not read it itself."""

    def now(self) -> dt.datetime:
        """Returns the current time, timezone-aware UTC."""
        ...


class TaskQueue(Protocol):
    """Nudges to workers. A lost one delays work and loses none: Postgres holds what is due."""

    def publish_ticks(self, ticks: Iterable[TickRef], expires_s: float) -> int:
        """Publishes one ambient tick per bot to its shard's queue; returns how many were published."""
        ...

    def publish_urgent_tick(self, tick: TickRef) -> None:
        """Publishes a tick for a mentioned bot, with priority over ambient ones."""
        ...

    def nudge_generation(self, lane: str, delay_s: float = 0.0) -> None:
        """Nudges a worker to poll a lane; several pending nudges become one."""
        ...

    def nudge_delivery(self) -> None:
        """Nudges a worker to poll the outbox."""
        ...

    def nudge_ingest(self) -> None:
        """Nudges a worker to poll the inbox."""
        ...

    def nudge_forgetting(self) -> None:
        """Nudges a worker to poll the requests to be forgotten."""
        ...


@dataclass(frozen=True, slots=True)
class TickRef:
    """The identity of a tick. `mention_id` is set for an urgent one: the mention that caused it."""

    bot_id: int
    due_at: dt.datetime
    shard: int = 0
    mention_id: int | None = None


class EventStream(Protocol):
    """Live events for the admin's pages. A lost one only makes a page outdated until its next refresh."""

    def publish(self, kind: str, **fields: Any) -> None:
        """Sends an event to every open page; never raises."""
        ...


class SilenceLog(Protocol):
    """The last silent ticks of each bot, and counts by reason and hour. Nothing depends on them but explanations."""

    def note(self, bot_id: int, tick: SilentTick) -> None:
        """Stores and counts a tick; never raises."""
        ...

    def last(self, bot_id: int) -> Sequence[SilentTick]:
        """Returns the bot's last silent ticks, newest first."""
        ...

    def count(self, bot_id: int | None, now: dt.datetime, hours: int = 24) -> Mapping[dt.datetime, Mapping[str, int]]:
        """Returns silent ticks by reason for each of the last hours that had any; of the whole fleet for None."""
        ...


class TokenVault(Protocol):
    """Encrypts bot tokens at rest."""

    def encrypt(self, token: str) -> str:
        """Returns the ciphertext to store."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """Returns the token. Raises ConfigError when no key fits."""
        ...

    def rotate(self, ciphertext: str) -> str | None:
        """Re-encrypts with the newest key; None when it has that key already. Raises ConfigError."""
        ...
