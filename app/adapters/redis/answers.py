"""Answers to prompts that are no chat messages, held in Redis by the exact prompt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import redis

from app.outages import log_unless_away, may_lack_redis

TTL_S = 24 * 3600
"""A digest or a rewrite that is older is worth asking for again."""

PREFIX = "llm:answer:"
SCANNED = 500


class RedisAnswerCache:
    """Without Redis every prompt is new."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get_many(self, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The answers that are held; one that cannot be read is not."""
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
        """Keeps answers for a day."""
        with may_lack_redis(), self._client.pipeline(transaction=False) as pipeline:
            for key, answer in answers.items():
                pipeline.set(_name(key), json.dumps(answer), ex=TTL_S)
            pipeline.execute()

    def forget_all(self) -> None:
        """Drops every answer; nobody can tell from a key whose words an answer was made of."""
        with may_lack_redis():
            for key in self._client.scan_iter(match=f"{PREFIX}*", count=SCANNED):
                self._client.unlink(key)


def _name(key: str) -> str:
    """Prompts are long and private: the key holds their digest."""
    return f"{PREFIX}{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"
