"""Log of silent ticks in Redis: they have no row in Postgres."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Mapping
from typing import cast

import redis

from app.adapters.redis.scripts import load_script
from app.domain.traces.silence import SilentTick, pack_silence, unpack_silence
from app.outages import log_unless_away
from app.redis_servers import CACHE

KEPT = 20
"""Ticks kept per bot: about 15 minutes at the usual interval."""

LIST_TTL_S = 86_400
COUNTS_TTL_S = 2 * 86_400
"""Seconds; counts are one hash per day, kept two days so that yesterday's are complete until today's are."""

REST_S = 5.0
"""Seconds without calls to Redis after one that was not answered: ticks must not wait for it."""


class RedisSilenceLog:
    """The last silent ticks of each bot, newest first, and counts by reason and hour. One round trip per tick.

    Without Redis nothing is stored or returned.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._note = load_script(client, "silence.lua")
        self._resting_until = 0.0

    def note(self, bot_id: int, tick: SilentTick) -> None:
        """Stores and counts a tick; never raises."""
        if time.monotonic() < self._resting_until:
            return
        keys = [_list(bot_id), _counts(bot_id, tick.at), _counts(None, tick.at)]
        field = f"{tick.at:%H}:{tick.reason}"
        try:
            self._note(keys, [pack_silence(tick), KEPT, LIST_TTL_S, field, COUNTS_TTL_S])
        except redis.RedisError as error:
            log_unless_away(error)
            self._resting_until = time.monotonic() + REST_S
        else:
            CACHE.worked()

    def last(self, bot_id: int) -> list[SilentTick]:
        """Returns the bot's last silent ticks, newest first."""
        try:
            kept = cast(list[bytes], self._client.lrange(_list(bot_id), 0, -1))
        except redis.RedisError as error:
            log_unless_away(error)
            return []
        return [tick for packed in kept if (tick := unpack_silence(packed)) is not None]

    def count(self, bot_id: int | None, now: dt.datetime, hours: int = 24) -> dict[dt.datetime, Counter[str]]:
        """Counts silent ticks by hour and reason over the last `hours` (at most 24), the current one included.

        Hours without any are left out. `bot_id` None counts the whole fleet.
        """
        this_hour = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        first = this_hour - dt.timedelta(hours=hours - 1)
        found: dict[dt.datetime, Counter[str]] = {}
        for day in dict.fromkeys((first.date(), this_hour.date())):
            for field, count in self._read(_counts(bot_id, day)).items():
                hour, _, reason = field.decode().partition(":")
                at = dt.datetime.combine(day, dt.time(int(hour)), dt.UTC)
                if first <= at <= this_hour:
                    found.setdefault(at, Counter())[reason] += int(count)
        return dict(sorted(found.items()))

    def _read(self, key: str) -> Mapping[bytes, bytes]:
        try:
            return cast(Mapping[bytes, bytes], self._client.hgetall(key))
        except redis.RedisError as error:
            log_unless_away(error)
            return {}


def _list(bot_id: int) -> str:
    return f"silence:{bot_id}:last"


def _counts(bot_id: int | None, day: dt.date) -> str:
    return f"silence:{'fleet' if bot_id is None else bot_id}:{day:%Y%m%d}"
