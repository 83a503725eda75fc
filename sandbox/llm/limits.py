"""The provider's limits: requests and tokens, a minute and a day, for each API key, by refill or by sliding window."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

WINDOW_S = 60.0
DAY_S = 86_400.0
TOLERANCE = 1e-6

LimitKind = Literal["refill", "sliding"]
Quantity = Literal["requests", "tokens"]
Window = Literal["minute", "day"]
Clock = Callable[[], float]

HeaderStyle = Literal["openai", "groq", "none"]
"""The provider whose headers are imitated: with groq the request headers are about the day; some tell nothing."""


class Meter(Protocol):
    """One limited quantity of one key. Times are seconds of the caller's clock and never run backwards."""

    capacity: int

    def room(self, now: float) -> float:
        """Returns the amount available at `now`; negative when completions overdrew it."""
        ...

    def take(self, now: float, amount: float) -> None:
        """Counts `amount` as used at `now`, even beyond the limit."""
        ...

    def wait(self, now: float, amount: float) -> float:
        """Returns the seconds until `amount` fits; infinite when it never will."""
        ...

    def reset(self, now: float) -> float:
        """Returns the seconds until the whole limit is available again."""
        ...


class RefillMeter:
    """A token bucket that refills continuously at `capacity` a window, in seconds."""

    def __init__(self, capacity: int, now: float, start_empty: bool = False, window_s: float = WINDOW_S) -> None:
        self.capacity = capacity
        self._rate = capacity / window_s
        self._level = 0.0 if start_empty else float(capacity)
        self._at = now

    def room(self, now: float) -> float:
        return min(float(self.capacity), self._level + max(0.0, now - self._at) * self._rate)

    def take(self, now: float, amount: float) -> None:
        self._level = self.room(now) - amount
        self._at = max(self._at, now)

    def wait(self, now: float, amount: float) -> float:
        if amount > self.capacity:
            return math.inf
        return max(0.0, (amount - self.room(now)) / self._rate)

    def reset(self, now: float) -> float:
        return max(0.0, (self.capacity - self.room(now)) / self._rate)


class SlidingMeter:
    """At most `capacity` within any `window_s` seconds; older use no longer counts."""

    def __init__(self, capacity: int, window_s: float = WINDOW_S) -> None:
        self.capacity = capacity
        self._window_s = window_s
        self._taken: deque[tuple[float, float]] = deque()
        self._used = 0.0

    def room(self, now: float) -> float:
        while self._taken and now - self._taken[0][0] >= self._window_s:
            self._used -= self._taken.popleft()[1]
        return self.capacity - self._used

    def take(self, now: float, amount: float) -> None:
        self._taken.append((now, amount))
        self._used += amount

    def wait(self, now: float, amount: float) -> float:
        if amount > self.capacity:
            return math.inf
        missing = amount - self.room(now)
        if missing <= TOLERANCE:
            return 0.0
        for at, taken in self._taken:
            missing -= taken
            if missing <= TOLERANCE:
                return at + self._window_s - now
        return math.inf

    def reset(self, now: float) -> float:
        self.room(now)
        return max(0.0, self._taken[-1][0] + self._window_s - now) if self._taken else 0.0


@dataclass(frozen=True)
class Level:
    """The state of one limit: `reset` is the seconds until it is fully available."""

    limit: int
    remaining: int
    reset: float


@dataclass(frozen=True)
class Standing:
    """The values of the `x-ratelimit-*` headers: the minute's, and the day's requests where they are limited."""

    limit_requests: int
    remaining_requests: int
    reset_requests: float
    limit_tokens: int
    remaining_tokens: int
    reset_tokens: float
    day_requests: Level | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a request is admitted; if not, the limit it exceeds, and the seconds until it would fit."""

    admitted: bool
    limit: Quantity | None = None
    retry_after: float = 0.0
    window: Window = "minute"


class KeyLimiter:
    """All limits of one API key. A refused request uses up nothing."""

    def __init__(
        self, requests: Meter, tokens: Meter, day_requests: Meter | None = None, day_tokens: Meter | None = None
    ) -> None:
        self._requests = requests
        self._tokens = tokens
        self._day_requests = day_requests
        self._meters: list[tuple[Quantity, Window, Meter]] = [
            ("requests", "minute", requests),
            ("tokens", "minute", tokens),
        ]
        if day_requests:
            self._meters.append(("requests", "day", day_requests))
        if day_tokens:
            self._meters.append(("tokens", "day", day_tokens))

    def admit(self, now: float, prompt_tokens: int) -> Verdict:
        """Admits and counts one request and its prompt tokens, all or nothing."""
        amounts = {"requests": 1, "tokens": prompt_tokens}
        waits = [meter.wait(now, amounts[quantity]) for quantity, _, meter in self._meters]
        longest = max(waits)
        if longest > TOLERANCE:
            quantity, window, _ = self._meters[waits.index(longest)]
            return Verdict(False, quantity, longest, window)
        for quantity, _, meter in self._meters:
            meter.take(now, amounts[quantity])
        return Verdict(True)

    def charge(self, now: float, completion_tokens: int) -> None:
        """Counts the completion's tokens; it may overdraw a limit, and then the next request waits for it."""
        for quantity, _, meter in self._meters:
            if quantity == "tokens":
                meter.take(now, completion_tokens)

    def standing(self, now: float) -> Standing:
        requests, tokens = level_of(self._requests, now), level_of(self._tokens, now)
        return Standing(
            limit_requests=requests.limit,
            remaining_requests=requests.remaining,
            reset_requests=requests.reset,
            limit_tokens=tokens.limit,
            remaining_tokens=tokens.remaining,
            reset_tokens=tokens.reset,
            day_requests=level_of(self._day_requests, now) if self._day_requests else None,
        )


def level_of(meter: Meter, now: float) -> Level:
    """Returns a meter's state for a header: whole numbers, never negative."""
    return Level(meter.capacity, max(0, math.floor(meter.room(now) + TOLERANCE)), meter.reset(now))


@dataclass(frozen=True)
class LimitPolicy:
    """The limits of every key; 0 a day means none. `start_empty` is for `refill`: a new bucket starts empty.

    A day's bucket always starts full: an empty one would hardly refill during a test.
    """

    requests_per_minute: int
    tokens_per_minute: int
    kind: LimitKind = "refill"
    start_empty: bool = False
    requests_per_day: int = 0
    tokens_per_day: int = 0

    def new_limiter(self, now: float) -> KeyLimiter:
        return KeyLimiter(
            self._new_meter(self.requests_per_minute, now),
            self._new_meter(self.tokens_per_minute, now),
            self._new_day(self.requests_per_day, now),
            self._new_day(self.tokens_per_day, now),
        )

    def _new_meter(self, capacity: int, now: float) -> Meter:
        if self.kind == "refill":
            return RefillMeter(capacity, now, self.start_empty)
        return SlidingMeter(capacity)

    def _new_day(self, capacity: int, now: float) -> Meter | None:
        if not capacity:
            return None
        return RefillMeter(capacity, now, window_s=DAY_S) if self.kind == "refill" else SlidingMeter(capacity, DAY_S)


class Limiters:
    """The limiter of every key, created at the key's first request."""

    def __init__(self, policy: LimitPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._of_key: dict[str, KeyLimiter] = {}
        self._of_start = clock()

    def of(self, fingerprint: str) -> KeyLimiter:
        if fingerprint not in self._of_key:
            self._of_key[fingerprint] = self._policy.new_limiter(self._of_start)
        return self._of_key[fingerprint]
