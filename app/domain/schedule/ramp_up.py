"""What follows an outage: the fleet comes back over a minute instead of all at once."""

from __future__ import annotations

import datetime as dt

AWAY_S = 60.0
"""A pipeline that nobody looked at for longer than this was away."""

RAMP_S = 60.0
"""The time over which a fleet comes back."""


def was_away(looked_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the last look lies so far back that what is due by now must not leave at once; None is the first look."""
    return looked_at is not None and (now - looked_at).total_seconds() > AWAY_S


def spread(count: int, now: dt.datetime, ramp_s: float = RAMP_S) -> list[dt.datetime]:
    """`count` instants at equal distances within `ramp_s` seconds from `now`, the first one distance away."""
    return [now + dt.timedelta(seconds=ramp_s * (place + 1) / count) for place in range(count)]
