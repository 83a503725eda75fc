"""The rate limiter of one provider key, shared by the fleet: requests and tokens per minute and per day.

How each script counts is in its comments; the keys are in slots.lua.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import redis

from app.adapters.redis.scripts import load_script
from app.domain.ports import Allowance, DaySlot, Grant
from app.outages import log_unless_away, may_lack_redis
from app.redis_servers import CACHE

WINDOW_MS = 60_750
SLOT_MS = 250
"""The provider's minute plus 0.75 s for jitter on the way, counted in quarter seconds."""

DAY_MS = 86_400_000 + 300_000
DAY_SLOT_MS = 600_000
"""The provider's day plus the 5 minutes that a request may take (LLM_TIMEOUT_S), counted in slots of 10 minutes."""

KEPT_MS = 86_400_000
"""Milliseconds for which a window is kept after its last request, as in window.lua."""

TOLD_MS = 600_000
"""Milliseconds for which a limit from the provider's headers is kept after the last answer that had it."""

TOLERANCE = 0.02
"""Share of a limit by which the provider may count more than we do before we assume other users of the key."""

BLIND_RETRY_S = 1.0
"""Seconds to wait while Redis does not answer: nothing is granted without counting, work waits in Postgres."""

PROBE_MS = 30_000
"""Milliseconds for which others wait for the one request after a rest, should its worker die."""

PEOPLE_FIRST_MS = 1_000
"""Milliseconds after a rest in which only a person's answer may probe; and between looks at a probe."""

REPEATED_REST_MS = 5_000
LONGEST_REPEATED_REST_MS = 60_000
"""A rest after a refused probe, which doubles with each one: a minute's limit is free again by then."""

LOADS = 3
"""How often one reservation tries to load the day: more than once only when Redis loses it meanwhile."""

MUST_LOAD = -1
KINDS: dict[Literal["requests", "tokens"], str] = {"requests": "r", "tokens": "t"}


@dataclass(frozen=True, slots=True)
class ProviderLimits:
    """A provider's limits for one key; 0 per day is no limit."""

    requests_per_minute: int
    tokens_per_minute: int
    requests_per_day: int = 0
    tokens_per_day: int = 0

    @property
    def has_day(self) -> bool:
        """Whether there is a limit per day."""
        return self.requests_per_day > 0 or self.tokens_per_day > 0

    def of(self, allowance: Allowance) -> int:
        """Returns our limit of the same kind and window; 0 when there is none."""
        return cast(int, getattr(self, f"{allowance.kind}_per_{allowance.window}"))


@dataclass(frozen=True, slots=True)
class _Reservation:
    """The result of window.lua for a granted request: its slots and what was counted before it."""

    slot: int = 0
    taken: int = 0
    requests_before: int = 0
    tokens_before: int = 0
    day_slot: int = 0
    day_taken: int = 0
    ticket: int = 0


class RedisProviderLimiter:
    """Limits requests and tokens of one provider key, shared by all workers.

    After a loss of Redis the minute's limit grows from zero, and the day is loaded by `load_day`, which must include
    requests in flight; `reserve` raises its errors. Without limits per day no day is loaded or counted.
    """

    def __init__(
        self, client: redis.Redis, name: str, limits: ProviderLimits, load_day: Callable[[], Sequence[DaySlot]]
    ) -> None:
        self._client = client
        self._minute, self._day = f"llm:window:{name}", f"llm:day:{name}"
        self._limits = limits
        self._load_day = load_day
        self._reserve = load_script(client, "slots.lua", "window.lua")
        self._load = load_script(client, "load.lua")
        self._settle = load_script(client, "slots.lua", "settle.lua")
        self._rest = load_script(client, "slots.lua", "rest.lua")
        self._correct = load_script(client, "slots.lua", "correct.lua")
        self._local = threading.local()

    def reserve(self, tokens: int, urgent: bool, fewest: int | None = None, bulk: bool = False) -> Grant:
        """Reserves one request of an estimated size, in tokens; an urgent one ignores the spacing.

        One of `bulk` leaves half of a limit that a refusal has lowered to the others.

        If the minute has fewer tokens left, the grant is for those, if they are at least `fewest`.
        """
        try:
            for _ in range(LOADS):
                wait_ms, saturated, *told = self._ask(tokens, urgent, tokens if fewest is None else fewest, bulk=bulk)
                if wait_ms != MUST_LOAD:
                    break
                self._begin_day(told[0])
            else:
                return Grant(False, BLIND_RETRY_S, True)
        except redis.RedisError as error:
            log_unless_away(error)
            return Grant(False, BLIND_RETRY_S, True)
        CACHE.worked()
        if not told:
            return Grant(False, wait_ms / 1000, saturated == 1)
        self._local.reservation = taken = _Reservation(*told)
        return Grant(True, 0.0, saturated == 1, taken.taken if taken.taken < tokens else 0)

    def peek(self, bulk: bool = False) -> float:
        """Returns the seconds until the smallest non-urgent request would be granted, 0 for now; reserves nothing."""
        try:
            wait_ms, *_ = self._ask(1, False, 1, peeks=True, bulk=bulk)
        except redis.RedisError as error:
            log_unless_away(error)
            return BLIND_RETRY_S
        return max(0, wait_ms) / 1000

    def settle(self, reserved: int, used: int) -> None:
        """Corrects this thread's last reservation by the usage that the provider reported, both in tokens.

        A correction lost with Redis only leaves too much reserved.
        """
        last = self._last or _Reservation(taken=min(reserved, self._limits.tokens_per_minute))
        args = [used, last.slot, last.taken, SLOT_MS]
        args += [last.day_slot, last.day_taken, DAY_SLOT_MS, last.ticket, DAY_MS + 2 * DAY_SLOT_MS]
        with may_lack_redis():
            self._settle(keys=[self._minute, self._day], args=args)

    def correct(self, allowances: Sequence[Allowance]) -> None:
        """Applies the rate limit headers of the answer to this thread's last reservation.

        A limit below ours holds until `TOLD_MS` after the last answer that had it. If less remains than we count, by
        more than `TOLERANCE`, the key has other users: the difference counts as used now.
        """
        last = self._last or _Reservation()
        minute = [one for one in allowances if one.window == "minute"]
        before = (last.slot, last.requests_before, last.tokens_before)
        self._compare(self._minute, "minute", (WINDOW_MS, SLOT_MS), before, minute)
        if self._limits.has_day:
            day = [one for one in allowances if one.window == "day"]
            self._compare(self._day, "day", (DAY_MS, DAY_SLOT_MS), (0, 0, 0), day)

    def rest(self, seconds: float, lower: Literal["requests", "tokens"] | None = None) -> None:
        """Blocks requests for `seconds` after a refusal, then lets one probe; `lower` names the limit it showed to be
        lower than configured. Redis may lose all of it.
        """
        kind = KINDS[lower] if lower else ""
        limit = self._limits.tokens_per_minute if lower == "tokens" else self._limits.requests_per_minute
        args: list[int | str] = [max(1, math.ceil(seconds * 1000)), kind, limit, WINDOW_MS, SLOT_MS]
        with may_lack_redis():
            self._rest(keys=[self._minute], args=[*args, REPEATED_REST_MS, LONGEST_REPEATED_REST_MS])

    def free_probe(self) -> None:
        """Lets another request probe after a rest."""
        with may_lack_redis():
            self._client.hdel(self._minute, "probed")

    def keep_warm(self) -> None:
        """Starts the first minute, in which the limit grows from zero, without a request."""
        with may_lack_redis():
            seconds, microseconds = self._client.time()
            self._client.hsetnx(self._minute, "born", str(seconds * 1000 + microseconds // 1000))
            self._client.pexpire(self._minute, KEPT_MS)

    @property
    def _last(self) -> _Reservation | None:
        return getattr(self._local, "reservation", None)

    def _ask(self, tokens: int, urgent: bool, fewest: int, peeks: bool = False, bulk: bool = False) -> list[int]:
        limits = self._limits
        args = [limits.requests_per_minute, limits.tokens_per_minute, tokens, int(urgent), WINDOW_MS, SLOT_MS]
        args += [limits.requests_per_day, limits.tokens_per_day, DAY_MS, DAY_SLOT_MS, fewest, int(peeks)]
        args += [int(bulk), PROBE_MS, PEOPLE_FIRST_MS]
        return cast(list[int], self._reserve(keys=[self._minute, self._day], args=args))

    def _begin_day(self, ticket: int) -> None:
        """Loads the day's counts from the ledger into Redis, unless another worker was first."""
        args = [ticket, DAY_MS + 2 * DAY_SLOT_MS]
        for one in self._load_day():
            args += [int(one.start_s * 1000 // DAY_SLOT_MS), one.requests, one.tokens]
        self._load(keys=[self._day], args=args)

    def _compare(
        self,
        key: str,
        window: str,
        sizes: tuple[int, int],
        before: tuple[int, int, int],
        allowances: Sequence[Allowance],
    ) -> None:
        told: list[int | str] = []
        for one in allowances:
            if (ours := self._limits.of(one)) and one.limit > 0:
                told += [KINDS[one.kind], ours, one.limit, one.remaining, int(_is_of_window(one))]
        if told:
            with may_lack_redis():
                self._correct(keys=[key], args=[*sizes, TOLD_MS, TOLERANCE, window, *before, *told])


def _is_of_window(allowance: Allowance) -> bool:
    """Returns whether the reset time fits the window that the header is documented for.

    Some OpenAI models report requests per day where others report them per minute; those take far longer than a minute
    to reset. Twice the window leaves room for overdrawn limits.
    """
    return allowance.window == "day" or allowance.reset_s <= 2 * 60
