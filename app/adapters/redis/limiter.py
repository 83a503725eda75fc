"""The limiters of the whole fleet: Telegram's flood limits and the provider's requests and tokens a minute."""

from __future__ import annotations

import math
from importlib.resources import files
from typing import cast

import redis

from app.domain.ports import Grant

PER_TOKEN = (36, 28)
"""At most 28 messages at once and one every 36 ms: under 30 a second with a margin for jitter."""

PER_CHAT = (1_100, 1)
"""One message every 1.1 s for each (token, chat)."""

PER_GROUP = (4_000, 5)
"""Five at once and one every 4 s for each (token, group): at most 20 in any minute."""

WINDOW_MS = 60_750
SLOT_MS = 250
"""The provider's minute plus 0.75 s for jitter on the way, counted in quarter seconds."""


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
        wait_ms = cast(int, self._take(keys=keys, args=[*PER_TOKEN, *PER_CHAT, *PER_GROUP]))
        return Grant(wait_ms == 0, wait_ms / 1000)

    def rest(self, bot_id: int, chat_id: int, seconds: float) -> None:
        """After a 429: nothing more from this bot to this chat for `seconds`."""
        self._client.set(f"flood:rest:{bot_id}:{chat_id}", 1, px=max(1, math.ceil(seconds * 1000)))


class RedisProviderLimiter:
    """Requests and tokens a minute of one provider key, shared by all workers."""

    def __init__(self, client: redis.Redis, name: str, requests_per_minute: int, tokens_per_minute: int) -> None:
        self._client = client
        self._keys = [f"llm:window:{name}", f"llm:rest:{name}"]
        self._limits = [requests_per_minute, tokens_per_minute]
        self._reserve = _script(client, "window.lua")

    def reserve(self, tokens: int, urgent: bool) -> Grant:
        """Reserves one request of an estimated size, in tokens; an urgent one need not keep the spacing."""
        args = [*self._limits, tokens, int(urgent), WINDOW_MS, SLOT_MS]
        wait_ms, crowded = cast(list[int], self._reserve(keys=self._keys, args=args))
        return Grant(wait_ms == 0, wait_ms / 1000, crowded == 1)

    def settle(self, reserved: int, used: int) -> None:
        """Corrects a reservation by the usage that the provider reported, both in tokens."""
        seconds, micros = self._client.time()
        slot = (seconds * 1000 + micros // 1000) // SLOT_MS
        difference = used - min(reserved, self._limits[1])
        if difference:
            self._client.hincrby(self._keys[0], f"t:{slot}", difference)

    def rest(self, seconds: float) -> None:
        """After a 429: no request for `seconds`."""
        self._client.set(self._keys[1], 1, px=max(1, math.ceil(seconds * 1000)))
