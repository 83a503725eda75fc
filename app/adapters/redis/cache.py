"""The cache of bot profiles. Its keys hold the persona's version, so an edit needs no invalidation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import redis

from app.outages import log_unless_away

TTL_S = 3600
SHAPE = 2
"""Version of the row format; raise it when a row gains or loses a field, so that no release reads another's rows."""


class ProfileCache:
    """Profile rows by (bot id, version). Without Redis every look-up is a miss."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def get_many(self, versions: Mapping[int, int]) -> dict[int, dict[str, Any]]:
        """Returns the cached rows by bot id."""
        keys = [_key(bot_id, version) for bot_id, version in versions.items()]
        try:
            values = cast(list[bytes | None], self._client.mget(keys)) if keys else []
        except redis.RedisError as error:
            log_unless_away(error)
            return {}
        return {bot_id: json.loads(value) for bot_id, value in zip(versions, values, strict=True) if value}

    def put_many(self, rows: Mapping[int, dict[str, Any]]) -> None:
        """Stores rows for an hour."""
        try:
            pipe = self._client.pipeline(transaction=False)
            for bot_id, row in rows.items():
                pipe.set(_key(bot_id, row["version"]), json.dumps(row, default=float), ex=TTL_S)
            pipe.execute()
        except redis.RedisError as error:
            log_unless_away(error)
            return


def _key(bot_id: int, version: int) -> str:
    return f"profile{SHAPE}:{bot_id}:{version}"
