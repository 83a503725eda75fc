"""The date and time of a persona, as a prompt tells them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""By number, not by strftime: names of days there follow the process's locale."""


def describe_time(now: dt.datetime, timezone: str) -> str:
    """Returns an aware time in `timezone` (an IANA name), such as "Sunday 2026-11-29 12:30"."""
    local = now.astimezone(ZoneInfo(timezone))
    return f"{DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"
