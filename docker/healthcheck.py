#!/usr/bin/env python
"""`healthcheck.py URL` or `healthcheck.py beat`: exit status 0 when healthy, 1 with a reason on stderr when not.

A URL must answer below 400 within 3 seconds. Beat is healthy while a beat holds RedBeat's lock, which ends a few
seconds after its holder stopped working; a second beat that stands by is healthy for the same reason.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

import redis

from app.config import Settings

BEAT_LOCK = "redbeat::lock"
SECONDS = 3


def find_fault(target: str) -> str | None:
    """What is wrong, or None."""
    return find_fault_of_beat() if target == "beat" else find_fault_of_url(target)


def find_fault_of_url(url: str) -> str | None:
    """What is wrong with an http address of this container."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - the address is in the image's own files
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}"
    except OSError as error:
        return f"{url} does not answer: {error}"


def find_fault_of_beat() -> str | None:
    """Whether no beat has held the lock lately."""
    broker = Settings.from_env().broker_url
    try:
        with redis.Redis.from_url(broker, socket_timeout=SECONDS, socket_connect_timeout=SECONDS) as client:
            return None if client.exists(BEAT_LOCK) else "no beat holds the lock"
    except redis.RedisError as error:
        return f"the broker does not answer: {type(error).__name__}"


if __name__ == "__main__":
    fault = find_fault(sys.argv[1])
    if fault:
        sys.stderr.write(fault + "\n")
    sys.exit(1 if fault else 0)
