"""Live events for open admin pages, over Redis pub/sub."""

from __future__ import annotations

import json
from typing import Any

import redis

from app.outages import log_unless_away

CHANNEL = "chorus:events"


class RedisEventStream:
    """Publisher of JSON events `{"kind": …}`. A lost one only costs a page a refresh."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def publish(self, kind: str, **fields: Any) -> None:
        """Publishes an event to every open page; never raises."""
        try:
            self._client.publish(CHANNEL, json.dumps({"kind": kind, **fields}, default=str))
        except redis.RedisError as error:
            log_unless_away(error)
            return
