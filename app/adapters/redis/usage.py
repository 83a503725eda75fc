"""Averages of the tokens that requests used, shared by all workers."""

from __future__ import annotations

from typing import cast

import redis

from app.adapters.redis.scripts import load_script
from app.domain.prompting.token_rates import TokenRates
from app.outages import log_unless_away, may_lack_redis

WEIGHT = 0.2
"""Share of the newest request in the averages: about the last ten requests count."""

GIVEN_UP = 2.0
"""How many times the time after which a request was given up it would have taken, for all that is known."""

RATIO_RANGE = (0.25, 4.0)
"""Bounds of the ratio of counted to estimated tokens; providers' counts outside them are implausible."""

TTL_MS = 7 * 86_400_000
CONTEXT_TTL_MS = 86_400_000
"""A server may be started anew with a longer context: what was learned of it is tried again after a day."""

FIELDS = ("ratio", "answer", "total", "seconds", "thoughts")


class RedisTokenEstimator:
    """The averages of one model, in a Redis hash. Without Redis, or without a report yet, they are the defaults."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._client = client
        self._key, self._context = f"llm:usage:{name}", f"llm:context:{name}"
        self._learn = load_script(client, "usage.lua")

    def read(self) -> TokenRates:
        """Returns the current averages."""
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                pipeline.hmget(self._key, FIELDS)
                pipeline.get(self._context)
                found, context = cast(tuple[list[bytes | None], bytes | None], pipeline.execute())
            ratio, answer, total, seconds, thoughts = (None if value is None else float(value) for value in found)
            most = None if context is None else max(1, int(context))
        except (redis.RedisError, ValueError) as error:
            log_unless_away(error)
            return TokenRates()
        low, high = RATIO_RANGE
        return TokenRates(
            1.0 if ratio is None else min(high, max(low, ratio)), answer, total, seconds, most, thoughts or 0.0
        )

    def learn(
        self, prompt_estimate: int, items: int, tokens_in: int, tokens_out: int, thoughts: int, seconds: float
    ) -> None:
        """Updates the averages by the provider's counts (tokens) for a request of `items` prompts, and its seconds."""
        self._move(
            ratio=tokens_in / max(1, prompt_estimate),
            answer=max(0, tokens_out - thoughts) / max(1, items),
            total=(tokens_in + tokens_out) / max(1, items),
            seconds=seconds / max(1, items),
            thoughts=thoughts,
        )

    def learn_slow(self, items: int, seconds: float) -> None:
        """Updates the time of a prompt after a request that was given up after `seconds`: it takes longer than that."""
        self._move(seconds=GIVEN_UP * seconds / max(1, items))

    def learn_context(self, tokens: int) -> None:
        """Remembers for a day how many tokens a request may have, after a longer one was refused."""
        with may_lack_redis():
            self._client.set(self._context, tokens, px=CONTEXT_TTL_MS)

    def _move(self, **found: float) -> None:
        pairs = [part for field, value in found.items() for part in (field, value)]
        with may_lack_redis():
            self._learn(keys=[self._key], args=[WEIGHT, TTL_MS, *pairs])
