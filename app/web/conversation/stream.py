"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) over Redis pub/sub.

Every stream holds a server thread, so their number is limited; further pages poll.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import redis
import structlog
from redis.client import PubSub
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.redis.signals import CHANNEL
from app.outages import log_error

MAX_STREAMS = 12
COUNTERS_EVERY_S = 1.0
HEARTBEAT_EVERY_S = 15.0
CHECK_EVERY_S = 5.0
LONGEST_S = 3600.0

log = structlog.get_logger()
_slots = threading.BoundedSemaphore(MAX_STREAMS)


class Stream:
    """The event stream of one open page. It frees its slot when it is closed, whether it was read or not."""

    def __init__(self, cache_url: str, counters: Callable[[], dict[str, Any]], still_valid: Callable[[], bool]) -> None:
        self._cache_url = cache_url
        self._counters = counters
        self._still_valid = still_valid
        self._released = False
        self._events = self._run()

    def __iter__(self) -> Iterator[str]:
        return self._events

    def close(self) -> None:
        """Ends the stream; called by the server when the client disconnected."""
        if not self._released:
            self._released = True
            _slots.release()
        self._events.close()

    def _run(self) -> Generator[str]:
        yield "retry: 3000\n\n"
        try:
            client = redis.Redis.from_url(self._cache_url, socket_timeout=5)
            with closing(client), closing(PubSub(client.connection_pool, ignore_subscribe_messages=True)) as listener:
                listener.subscribe(CHANNEL)
                yield from self._follow(listener)
        except (redis.RedisError, SQLAlchemyError) as error:
            log_error(log, "stream_ended", error)
            yield format_event("unwell", {})

    def _follow(self, listener: PubSub) -> Generator[str]:
        started = time.monotonic()
        next_counters = next_heartbeat = next_check = started
        while (now := time.monotonic()) - started < LONGEST_S:
            if now >= next_check:
                next_check = now + CHECK_EVERY_S
                if not self._still_valid():
                    yield format_event("ended", {})
                    return
            if now >= next_heartbeat:
                next_heartbeat = now + HEARTBEAT_EVERY_S
                yield ": heartbeat\n\n"
            if now >= next_counters:
                next_counters = now + COUNTERS_EVERY_S
                yield format_event("counters", self._counters())
            message = listener.get_message(timeout=max(0.01, next_counters - time.monotonic()))
            if message and message["type"] == "message":
                yield format_event("activity", json.loads(message["data"]))


def open_stream(
    cache_url: str, counters: Callable[[], dict[str, Any]], still_valid: Callable[[], bool]
) -> Stream | None:
    """Opens a stream; returns None when this process has `MAX_STREAMS` open already.

    `still_valid` is called every 5 seconds; when it returns False, an `ended` event closes the stream.
    """
    if not _slots.acquire(blocking=False):
        return None
    return Stream(cache_url, counters, still_valid)


def format_event(name: str, data: dict[str, Any]) -> str:
    """Formats one server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
