"""The system clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """The Clock port over the system clock."""

    def now(self) -> dt.datetime:
        """Returns the current instant, timezone-aware UTC."""
        return dt.datetime.now(dt.UTC)
