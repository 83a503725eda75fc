"""The real clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """Reads the machine's clock."""

    def now(self) -> dt.datetime:
        """The current instant, timezone-aware UTC."""
        return dt.datetime.now(dt.UTC)
