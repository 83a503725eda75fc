"""What counts as an outage of Postgres or Redis: over by itself, and no reason to blame an item of work."""

from __future__ import annotations

import redis
from sqlalchemy.exc import InterfaceError, OperationalError

OUTAGES = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)


def is_outage(error: BaseException) -> bool:
    """Whether a server was away, so that the same work may succeed once it is back."""
    return isinstance(error, OUTAGES)
