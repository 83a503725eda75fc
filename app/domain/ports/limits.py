"""Whatever may say "not now": limits of Telegram and of the providers, and their breakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Grant:
    """A limiter's answer: granted, or the seconds after which asking again makes sense.

    `tokens` is what a provider's limiter granted, where that is less than was asked for; else 0.
    """

    granted: bool
    retry_in_s: float = 0.0
    saturated: bool = False
    tokens: int = 0


class FloodLimiter(Protocol):
    """Telegram's limits: per token, per (token, chat), per (token, group); and ours per chat over all bots."""

    def take(self, bot_id: int, chat_id: int, rate_factor: float = 1.0, chat_per_min: int = 0) -> Grant:
        """Takes one message from every bucket, or from none.

        `rate_factor` (0 to 1) scales the rate of this token in this chat; `chat_per_min` is the most that all bots
        together may say there in any minute, 0 for no limit.
        """
        ...

    def take_action(self, bot_id: int, chat_id: int) -> Grant:
        """Takes a call that leaves no message, such as typing: it counts for its token only."""
        ...

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """After a 429: nothing more from this bot to this chat for `seconds`."""
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider's headers tell of one of its limits; `reset_s` seconds until it is whole again."""

    kind: Literal["requests", "tokens"]
    window: Literal["minute", "day"]
    limit: int
    remaining: int
    reset_s: float


@dataclass(frozen=True, slots=True)
class DaySlot:
    """What was asked of a provider within one slot of time that begins at `start_s`, unix seconds."""

    start_s: float
    requests: int
    tokens: int


class ProviderLimiter(Protocol):
    """The provider's requests and tokens, a minute and a day, over all workers together."""

    def reserve(self, tokens: int, urgent: bool, fewest: int | None = None) -> Grant:
        """Reserves one request of an estimated size; `Grant.saturated` says that the limit is now the bottleneck.

        Where the minute cannot hold it, what is left of the minute is granted, if that is at least `fewest`.
        """
        ...

    def peek(self) -> float:
        """Seconds until the smallest request that nobody waits for would be granted, 0 for now; takes nothing."""
        ...

    def settle(self, reserved: int, used: int) -> None:
        """Corrects a reservation by the usage that the provider reported, both in tokens."""
        ...

    def correct(self, allowances: Sequence[Allowance]) -> None:
        """Takes in what the provider itself says is left; it only ever lowers what may be reserved."""
        ...

    def rest(self, seconds: float) -> None:
        """After a 429: no request for `seconds`."""
        ...

    def keep_warm(self) -> None:
        """Lets the first minute of a provider that stands by pass, so that it has room when it is needed."""
        ...


class CircuitBreaker(Protocol):
    """Keeps calls away from a provider that does not answer; all workers share its state."""

    def ask(self) -> Grant:
        """Whether a call may be made now; a granted one must be followed by `report` or `cancel`."""
        ...

    def report(self, available: bool, leave: bool = False) -> None:
        """Tells how a call went: whether the provider answered at all, be it with a refusal.

        `leave` asks to leave the provider alone after this one failure.
        """
        ...

    def cancel(self) -> None:
        """Gives back the permission for a call that is not made after all."""
        ...
