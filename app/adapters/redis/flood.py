"""Rate limiter for Telegram's flood limits, shared by the fleet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import cast

import redis

from app.adapters.redis.scripts import load_script
from app.domain.ports import Grant
from app.outages import log_unless_away, may_lack_redis
from app.redis_servers import CACHE

Bucket = tuple[float, int]
"""Milliseconds between two messages, and the burst size."""

PER_TOKEN: Bucket = (40, 4)
"""Four at once and one every 40 ms: at most 29 in any second, where a bucket of 28 would let 55 through."""

PER_CHAT: Bucket = (1_100, 1)
"""One message every 1.1 s for each (token, chat)."""

PER_GROUP: Bucket = (4_000, 5)
"""Five at once and one every 4 s for each (token, group): at most 20 in any minute."""

BLIND_RETRY_S = 1.0
"""Seconds to wait while Redis does not answer: nothing is granted without counting, work waits in Postgres."""


class RedisFloodLimiter:
    """Telegram's limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this

    Typing and other actions are not messages, but Telegram counts every call of a token: they take from its bucket, and
    are skipped when it is empty, so that they neither cause a 429 nor delay a message by more than 40 ms.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._take = load_script(client, "flood.lua")

    def take(self, bot_id: int, chat_id: int, rate_factor: float = 1.0, chat_per_min: int = 0) -> Grant:
        """Takes one message from every bucket, or from none; `rate_factor` scales the token's rate in this chat."""
        buckets = {
            f"flood:token:{bot_id}": PER_TOKEN,
            f"flood:chat:{bot_id}:{chat_id}": PER_CHAT,
            f"flood:group:{bot_id}:{chat_id}": PER_GROUP,
        }
        paces = [1.0, rate_factor, rate_factor]
        if chat_per_min > 0:
            buckets[f"flood:all:{chat_id}"] = per_minute(chat_per_min)
            paces.append(1.0)
        return self._ask(bot_id, chat_id, buckets, paces)

    def take_action(self, bot_id: int, chat_id: int) -> Grant:
        """Takes a call that posts no message from the token's bucket, unless this (token, chat) waits after a 429."""
        return self._ask(bot_id, chat_id, {f"flood:token:{bot_id}": PER_TOKEN}, [1.0])

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """Blocks this bot's sends to this chat for `seconds` after a 429, unless Redis loses it."""
        with may_lack_redis():
            self._client.set(_rest_key(bot_id, chat_id), 1, px=max(1, math.ceil(seconds * 1000)))

    def _ask(self, bot_id: int, chat_id: int, buckets: Mapping[str, Bucket], paces: Sequence[float]) -> Grant:
        keys = ["flood:born", _rest_key(bot_id, chat_id), *buckets]
        rates = [
            number
            for bucket, rate_factor in zip(buckets.values(), paces, strict=True)
            for number in (*bucket, rate_factor)
        ]
        try:
            wait_ms = cast(int, self._take(keys=keys, args=rates))
        except redis.RedisError as error:
            log_unless_away(error)
            return Grant(False, BLIND_RETRY_S)
        CACHE.worked()
        return Grant(wait_ms == 0, wait_ms / 1000)


def per_minute(messages: int) -> Bucket:
    """Returns the bucket that allows at most `messages` in any minute, a quarter of them at once."""
    burst = max(1, messages // 4)
    return 60_000 / (messages - burst + 1), burst


def _rest_key(bot_id: int, chat_id: int) -> str:
    return f"flood:rest:{bot_id}:{chat_id}"
