"""A read-through cache for values that many viewers request: Postgres on a miss, else Redis."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import redis

from app.outages import log_unless_away, may_lack_redis


def read_through(cache: redis.Redis, key: str, ttl_ms: int, load: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Returns `load`'s result as JSON, at most `ttl_ms` old. Without Redis it is loaded for each viewer."""
    try:
        held = cache.get(key)
    except redis.RedisError as error:
        log_unless_away(error)
        held = None
    if isinstance(held, bytes | str):
        return _decode(held)
    encoded = json.dumps(load())
    with may_lack_redis():
        cache.set(key, encoded, px=ttl_ms)
    return _decode(encoded)


def _decode(encoded: bytes | str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = json.loads(encoded)
    return values
