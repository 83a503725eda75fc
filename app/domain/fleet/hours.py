"""Windows of local time in a time zone; a window may pass midnight.

An instant is converted to local time before it is compared, so windows follow changes to and from summer time. Minutes
that a change skips never match; minutes that occur twice match twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidInput

MOST_WINDOWS = 12
_WINDOW = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*[-–]\s*(\d{1,2})(?:[:.](\d\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` on and before `end`; an end before the start is on the next day, equal ends are the whole day."""

    start: dt.time
    end: dt.time

    def holds(self, clock: dt.time) -> bool:
        """Returns whether the local time `clock` lies in the window."""
        if self.start < self.end:
            return self.start <= clock < self.end
        return self.start == self.end or clock >= self.start or clock < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def wall_clock(now: dt.datetime, timezone: str) -> dt.time:
    """Returns the local time in `timezone` (an IANA name) at the instant `now`."""
    return now.astimezone(ZoneInfo(timezone)).time()


def is_within(windows: Iterable[Window], now: dt.datetime, timezone: str) -> bool:
    """Returns whether the instant `now` lies in one of `windows` in `timezone`."""
    clock = wall_clock(now, timezone)
    return any(window.holds(clock) for window in windows)


def parse_windows(field: str, lines: Iterable[str]) -> tuple[Window, ...]:
    """Parses windows such as 09:00-17:30, without duplicates, in order. Raises InvalidInput naming `field`."""
    windows = tuple(dict.fromkeys(_parse(field, line.strip()) for line in lines if line.strip()))
    if len(windows) > MOST_WINDOWS:
        raise InvalidInput(field, f"must have at most {MOST_WINDOWS} windows")
    return windows


def _parse(field: str, line: str) -> Window:
    match = _WINDOW.fullmatch(line)
    if match is None:
        raise InvalidInput(field, f"{line!r} is not a window of hours; write it as 09:00-17:30")
    from_hour, from_minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    return Window(_time(field, line, from_hour, from_minute), _time(field, line, to_hour, to_minute))


def _time(field: str, line: str, hour: int, minute: int) -> dt.time:
    if (hour, minute) == (24, 0):
        return dt.time(0, 0)
    try:
        return dt.time(hour, minute)
    except ValueError:
        raise InvalidInput(field, f"{line!r} holds a time that no clock shows; hours go to 23, minutes to 59") from None
