"""How many requests may be in flight at a provider, learned from how long they take, shared by all workers."""

from __future__ import annotations

import math

import redis

from app.adapters.redis.scripts import load_script
from app.outages import log_unless_away, may_lack_redis

ROOM = 1.4
"""Growth of the seconds a token over the least ones, up to which one more request may be tried."""

CROWDED = 1.8
"""Growth from which requests only wait for each other: two that share one core take twice as long."""

STEP = 0.25
WEIGHT = 0.3
KEPT = 0.7
CUT_EVERY_MS = 10_000
"""Requests that were in flight together tell of the same crowd: one cut is enough for them."""

TTL_MS = 86_400_000


class RedisPace:
    """The places at one provider, in a Redis hash: from `at_first` to `most`.

    A server of the operator's own begins with one, and `minds_latency`: its requests share one machine. At a provider
    that scales, only requests without an answer in time lower them. Without Redis they are `at_first`.
    """

    def __init__(self, client: redis.Redis, name: str, at_first: int, most: int, minds_latency: bool) -> None:
        self._client = client
        self._key = f"llm:pace:{name}"
        self._bounds = (at_first, most)
        self._minds_latency = minds_latency
        self._learn = load_script(client, "pace.lua")

    def places(self) -> int:
        """Returns how many requests may be in flight now, at least one."""
        at_first, most = self._bounds
        try:
            found = self._client.hget(self._key, "places")
            return min(most, max(1, math.floor(float(found)))) if found is not None else at_first
        except (redis.RedisError, ValueError, OverflowError) as error:
            log_unless_away(error)
            return at_first

    def learn(self, in_flight: int, seconds_per_token: float, hung: bool) -> None:
        """Takes in a request that ended; `in_flight` were under way when it began, itself included."""
        args: list[int | float] = [*self._bounds, in_flight, seconds_per_token, int(hung), int(self._minds_latency)]
        with may_lack_redis():
            self._learn(keys=[self._key], args=[*args, ROOM, CROWDED, KEPT, CUT_EVERY_MS, TTL_MS, WEIGHT, STEP])


class FixedPace:
    """The places that the operator has set."""

    def __init__(self, places: int) -> None:
        self._places = places

    def places(self) -> int:
        """Returns how many requests may be in flight."""
        return self._places

    def learn(self, in_flight: int, seconds_per_token: float, hung: bool) -> None:
        """Learns nothing."""
