"""Rate limiters for Telegram and the providers, and circuit breakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Grant:
    """A limiter's answer: granted, or the seconds to wait before the next try.

    `tokens` is what a provider's limiter granted, if less than was asked for; else 0.
    """

    granted: bool
    retry_in_s: float = 0.0
    saturated: bool = False
    tokens: int = 0


class FloodLimiter(Protocol):
    """Telegram's rate limits per token, (token, chat) and (token, group); and our own per chat over all bots."""

    def take(self, bot_id: int, chat_id: int, rate_factor: float = 1.0, chat_per_min: int = 0) -> Grant:
        """Takes one message from every token bucket, or from none.

        `rate_factor` (0 to 1) scales the rate of this token in this chat; `chat_per_min` is the most messages
        of all bots there in any minute, 0 for no limit.
        """
        ...

    def take_action(self, bot_id: int, chat_id: int) -> Grant:
        """Takes a call that sends no message, such as typing: it counts against the token's limit only."""
        ...

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """Blocks sends of this bot to this chat for `seconds`, after a 429."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """One rate limit as a provider's headers report it; `reset_s` is seconds until it is full again."""

    kind: Literal["requests", "tokens"]
    window: Literal["minute", "day"]
    limit: int
    remaining: int
    reset_s: float


@dataclass(frozen=True, slots=True)
class DaySlot:
    """Requests and tokens sent to a provider in one time slot that begins at `start_s`, Unix seconds."""

    start_s: float
    requests: int
    tokens: int


class ProviderLimiter(Protocol):
    """Limits a provider's requests and tokens per minute and day, shared by all workers."""

    def reserve(self, tokens: int, urgent: bool, fewest: int | None = None, bulk: bool = False) -> Grant:
        """Reserves one request of an estimated size; `Grant.saturated` is True when the limit is the bottleneck.

        One of `bulk` leaves half of a limit that a refusal has lowered to the others.

        When the minute has too few tokens left, the rest of the minute is granted if it is at least `fewest`.
        """
        ...

    def peek(self, bulk: bool = False) -> float:
        """Returns seconds until the smallest non-urgent request would be granted, 0 for now; takes nothing."""
        ...

    def settle(self, reserved: int, used: int) -> None:
        """Corrects a reservation to the usage that the provider reported, both in tokens."""
        ...

    def correct(self, allowances: Sequence[Allowance]) -> None:
        """Applies the remaining quota that the provider reports; it only lowers what may be reserved."""
        ...

    def rest(self, seconds: float, lower: Literal["requests", "tokens"] | None = None) -> None:
        """Blocks requests for `seconds` after a refusal, then lets one probe before all others.

        `lower` names the limit that the refusal showed to be lower than configured.
        """
        ...

    def free_probe(self) -> None:
        """Lets another request probe after a rest: the last one got no usable answer."""
        ...

    def keep_warm(self) -> None:
        """Starts the first minute of a standby provider, so that it has capacity when it is needed."""
        ...


class Pace(Protocol):
    """The number of requests that may be in flight at a provider, learned from how long they take."""

    def places(self) -> int:
        """Returns how many requests may be in flight now, at least one."""
        ...

    def learn(self, in_flight: int, seconds_per_token: float, hung: bool) -> None:
        """Takes in a request that ended; `in_flight` were under way when it began, itself included."""
        ...


class CircuitBreaker(Protocol):
    """Circuit breaker of a provider; all workers share its state."""

    def ask(self) -> Grant:
        """Asks whether a call may be made now; a granted one must be followed by `report` or `cancel`."""
        ...

    def is_open(self) -> bool:
        """Returns whether calls are turned away now; changes nothing."""
        ...

    def report(self, available: bool, leave: bool = False) -> None:
        """Records the outcome of a call: whether the provider answered at all, even with a refusal.

        `leave` opens the breaker after this one failure.
        """
        ...

    def cancel(self) -> None:
        """Returns the permission of a granted call that is not made."""
        ...
