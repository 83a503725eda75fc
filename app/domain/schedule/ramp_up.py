"""Ramp-up after an outage: due work is spread over a minute instead of sent at once."""

from __future__ import annotations

import datetime as dt

AWAY_S = 60.0
"""A pipeline without a heartbeat for longer than this (seconds) was down."""

RAMP_S = 60.0
"""Seconds over which due work is spread."""


def was_away(looked_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Returns whether the last heartbeat is so old that due work must be spread; None means there was none yet."""
    return looked_at is not None and (now - looked_at).total_seconds() > AWAY_S


def spread(count: int, now: dt.datetime, ramp_s: float = RAMP_S) -> list[dt.datetime]:
    """Returns `count` times at equal distances within `ramp_s` seconds after `now`, the first one distance away."""
    return [now + dt.timedelta(seconds=ramp_s * (place + 1) / count) for place in range(count)]
