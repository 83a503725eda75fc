"""The provider's limits: requests and tokens a minute for each API key, by refill or by sliding window."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

WINDOW_S = 60.0
TOLERANCE = 1e-6

LimitKind = Literal["refill", "sliding"]
Clock = Callable[[], float]


class Meter(Protocol):
    """One limited quantity of one key. Times are seconds of the caller's clock and never run backwards."""

    capacity: int

    def room(self, now: float) -> float:
        """How much may be taken at `now`; negative when completions overdrew it."""
        ...

    def take(self, now: float, amount: float) -> None:
        """Count `amount` as used at `now`, even beyond the room there is."""
        ...

    def wait(self, now: float, amount: float) -> float:
        """Seconds until `amount` fits; infinite when it never will."""
        ...

    def reset(self, now: float) -> float:
        """Seconds until the meter is as good as new."""
        ...


class RefillMeter:
    """A token bucket that refills continuously at `capacity` a minute."""

    def __init__(self, capacity: int, now: float, start_empty: bool = False) -> None:
        self.capacity = capacity
        self._rate = capacity / WINDOW_S
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
    """At most `capacity` within any 60 seconds; what was taken 60 seconds ago no longer counts."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._taken: deque[tuple[float, float]] = deque()
        self._used = 0.0

    def room(self, now: float) -> float:
        while self._taken and now - self._taken[0][0] >= WINDOW_S:
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
                return at + WINDOW_S - now
        return math.inf

    def reset(self, now: float) -> float:
        self.room(now)
        return max(0.0, self._taken[-1][0] + WINDOW_S - now) if self._taken else 0.0


@dataclass(frozen=True)
class Standing:
    """What the `x-ratelimit-*` headers tell: limits, what is left, seconds until they are whole again."""

    limit_requests: int
    remaining_requests: int
    reset_requests: float
    limit_tokens: int
    remaining_tokens: int
    reset_tokens: float


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass. When not: which limit it met, and in how many seconds it would fit."""

    admitted: bool
    limit: Literal["requests", "tokens"] | None = None
    retry_after: float = 0.0


class KeyLimiter:
    """Both limits of one API key. A request that is turned away takes nothing from either."""

    def __init__(self, requests: Meter, tokens: Meter) -> None:
        self._requests = requests
        self._tokens = tokens

    def admit(self, now: float, prompt_tokens: int) -> Verdict:
        """Take one request and its prompt tokens, both or neither."""
        waits = (self._requests.wait(now, 1), self._tokens.wait(now, prompt_tokens))
        if max(waits) > TOLERANCE:
            return Verdict(False, "requests" if waits[0] >= waits[1] else "tokens", max(waits))
        self._requests.take(now, 1)
        self._tokens.take(now, prompt_tokens)
        return Verdict(True)

    def charge(self, now: float, completion_tokens: int) -> None:
        """Count what was answered; it may overdraw the minute, and then the next request waits for it."""
        self._tokens.take(now, completion_tokens)

    def standing(self, now: float) -> Standing:
        return Standing(
            limit_requests=self._requests.capacity,
            remaining_requests=max(0, math.floor(self._requests.room(now) + TOLERANCE)),
            reset_requests=self._requests.reset(now),
            limit_tokens=self._tokens.capacity,
            remaining_tokens=max(0, math.floor(self._tokens.room(now) + TOLERANCE)),
            reset_tokens=self._tokens.reset(now),
        )


@dataclass(frozen=True)
class LimitPolicy:
    """The limits every key gets. `start_empty` is for `refill`: a new bucket holds nothing at first."""

    requests_per_minute: int
    tokens_per_minute: int
    kind: LimitKind = "refill"
    start_empty: bool = False

    def new_limiter(self, now: float) -> KeyLimiter:
        return KeyLimiter(self._new_meter(self.requests_per_minute, now), self._new_meter(self.tokens_per_minute, now))

    def _new_meter(self, capacity: int, now: float) -> Meter:
        if self.kind == "refill":
            return RefillMeter(capacity, now, self.start_empty)
        return SlidingMeter(capacity)


class Limiters:
    """The limiter of every key, made when the key first shows up."""

    def __init__(self, policy: LimitPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._of_key: dict[str, KeyLimiter] = {}
        self._of_start = clock()

    def of(self, fingerprint: str) -> KeyLimiter:
        if fingerprint not in self._of_key:
            self._of_key[fingerprint] = self._policy.new_limiter(self._of_start)
        return self._of_key[fingerprint]
