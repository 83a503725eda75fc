"""Cache of the answers to bulk prompts in Redis, by the exact prompt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import redis

from app.outages import log_unless_away, may_lack_redis

TTL_S = 24 * 3600
"""Seconds; older digests and rewrites are requested again."""

PREFIX = "llm:answer:"
SCANNED = 500


class RedisAnswerCache:
    """The answer cache. Without Redis every look-up is a miss."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Returns the cached answers by key; unreadable ones are left out."""
        if not keys:
            return {}
        try:
            held = cast(list[bytes | None], self._client.mget([_name(key) for key in keys]))
        except redis.RedisError as error:
            log_unless_away(error)
            return {}
        found: dict[str, dict[str, Any]] = {}
        for key, value in zip(keys, held, strict=True):
            with suppress(ValueError, TypeError):
                if value is not None:
                    found[key] = dict(json.loads(value))
        return found

    def put_many(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Stores answers for a day."""
        with may_lack_redis(), self._client.pipeline(transaction=False) as pipeline:
            for key, answer in answers.items():
                pipeline.set(_name(key), json.dumps(answer), ex=TTL_S)
            pipeline.execute()

    def forget_all(self) -> None:
        """Deletes every answer, because a key does not show whose words an answer was made from."""
        with may_lack_redis():
            for key in self._client.scan_iter(match=f"{PREFIX}*", count=SCANNED):
                self._client.unlink(key)


def _name(key: str) -> str:
    """Returns the Redis key with the prompt's digest, because prompts are long and private."""
    return f"{PREFIX}{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
