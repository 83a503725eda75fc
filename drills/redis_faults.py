"""Faults in which a real Redis answers and refuses writes: as a replica, with its memory full, without replicas."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import redis

from drills.stack import Stack

REFUSE_S = 15.0
DEAD_PRIMARY = ("127.0.0.1", "9")
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "READONLY": {"replica-read-only": "yes"},
    "OOM": {"maxmemory-policy": "noeviction", "maxmemory": "1"},
    "NOREPLICAS": {"min-replicas-to-write": "1"},
}
"""What makes a server refuse every write in each way; READONLY also takes a primary, which need not answer."""


@contextmanager
def refusing(client: redis.Redis, kind: str) -> Iterator[None]:
    """Lets the server refuse writes with `kind` until the block ends; then it is as it was, its keys included.

    Settings are put back in reverse: an eviction policy beside the small memory would evict everything.
    """
    before = {name: client.config_get(name)[name] for name in reversed(SETTINGS[kind])}
    try:
        _configure(client, SETTINGS[kind])
        if kind == "READONLY":
            client.replicaof(*DEAD_PRIMARY)
        yield
    finally:
        if kind == "READONLY":
            client.replicaof("NO", "ONE")
        _configure(client, before)


def refuse(stack: Stack, seconds: float, *, server: str, kind: str) -> int:
    """Lets broker or cache refuse writes for a while."""
    broker, cache = stack.redis()
    with broker, cache, refusing(broker if server == "broker" else cache, kind):
        time.sleep(seconds)
    return 0


def _configure(client: redis.Redis, settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        client.config_set(name, value)
