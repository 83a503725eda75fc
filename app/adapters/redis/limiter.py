"""The limiters of the whole fleet: Telegram's flood limits and the provider's requests and tokens a minute."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from importlib.resources import files
from typing import cast

import redis

from app.domain.ports import Grant

PER_TOKEN = (40, 4)
"""Four at once and one every 40 ms: at most 29 in any second, where a bucket of 28 would let 55 through."""

PER_CHAT = (1_100, 1)
"""One message every 1.1 s for each (token, chat)."""

PER_GROUP = (4_000, 5)
"""Five at once and one every 4 s for each (token, group): at most 20 in any minute."""

WINDOW_MS = 60_750
SLOT_MS = 250
"""The provider's minute plus 0.75 s for jitter on the way, counted in quarter seconds."""

KEPT_MS = 86_400_000
"""How long a window outlives its last request, as in window.lua."""

BLIND_RETRY_S = 1.0
"""When Redis does not answer nothing is granted: work waits, in Postgres, until somebody counts again."""


def _script(client: redis.Redis, name: str) -> redis.commands.core.Script:
    return client.register_script(files(__package__).joinpath(name).read_text())


class RedisFloodLimiter:
    """Telegram's limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._take = _script(client, "flood.lua")

    def take(self, bot_id: int, chat_id: int) -> Grant:
        """Takes one message from every bucket, or from none."""
        keys = [
            "flood:born",
            f"flood:rest:{bot_id}:{chat_id}",
            f"flood:token:{bot_id}",
            f"flood:chat:{bot_id}:{chat_id}",
            f"flood:group:{bot_id}:{chat_id}",
        ]
        try:
            wait_ms = cast(int, self._take(keys=keys, args=[*PER_TOKEN, *PER_CHAT, *PER_GROUP]))
        except redis.RedisError:
            return Grant(False, BLIND_RETRY_S)
        return Grant(wait_ms == 0, wait_ms / 1000)

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """After a 429: nothing more from this bot to this chat for `seconds`, as long as Redis remembers it."""
        with suppress(redis.RedisError):
            self._client.set(f"flood:rest:{bot_id}:{chat_id}", 1, px=max(1, math.ceil(seconds * 1000)))


class RedisProviderLimiter:
    """Requests and tokens a minute of one provider key, shared by all workers."""

    def __init__(self, client: redis.Redis, name: str, requests_per_minute: int, tokens_per_minute: int) -> None:
        self._client = client
        self._keys = [f"llm:window:{name}", f"llm:rest:{name}"]
        self._limits = [requests_per_minute, tokens_per_minute]
        self._reserve = _script(client, "window.lua")
        self._settle = _script(client, "settle.lua")
        self._local = threading.local()

    def reserve(self, tokens: int, urgent: bool) -> Grant:
        """Reserves one request of an estimated size, in tokens; an urgent one need not keep the spacing."""
        args = [*self._limits, tokens, int(urgent), WINDOW_MS, SLOT_MS]
        try:
            wait_ms, crowded, *slot = cast(list[int], self._reserve(keys=self._keys, args=args))
        except redis.RedisError:
            return Grant(False, BLIND_RETRY_S, True)
        if slot:
            self._local.slot = slot[0]
        return Grant(wait_ms == 0, wait_ms / 1000, crowded == 1)

    def settle(self, reserved: int, used: int) -> None:
        """Corrects this thread's last reservation by the usage that the provider reported, both in tokens.

        A correction that is lost with its Redis costs nothing but room.
        """
        difference = used - min(reserved, self._limits[1])
        with suppress(redis.RedisError):
            self._settle(keys=self._keys[:1], args=[getattr(self._local, "slot", 0), difference, SLOT_MS])

    def rest(self, seconds: float) -> None:
        """After a 429: no request for `seconds`, as long as Redis remembers it."""
        with suppress(redis.RedisError):
            self._client.set(self._keys[1], 1, px=max(1, math.ceil(seconds * 1000)))

    def keep_warm(self) -> None:
        """Lets the first minute, in which the limit grows from nothing, begin without a request."""
        with suppress(redis.RedisError):
            seconds, microseconds = self._client.time()
            self._client.hsetnx(self._keys[0], "born", str(seconds * 1000 + microseconds // 1000))
            self._client.pexpire(self._keys[0], KEPT_MS)
