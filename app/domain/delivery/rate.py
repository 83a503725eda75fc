"""The rate factor of a bot in one chat, learned from Telegram's 429s.

Telegram's limits of a chat are neither published nor the same everywhere (slow mode, size, age). So each token has a
rate factor in each chat: the part, 0.1 to 1, of the usual rate. Every 429 halves it, and it rises by a tenth for each
minute without one: additive increase and multiplicative decrease, which settle just below an unknown limit (Chiu and
Jain, 1989, https://doi.org/10.1016/0169-7552(89)90019-6).
"""

from __future__ import annotations

import datetime as dt

SLOWEST = 0.1
RECOVERY_PER_MIN = 0.1


def current_rate_factor(rate_factor: float, rate_limited_until: dt.datetime | None, now: dt.datetime) -> float:
    """Returns the rate factor at `now`, given its value at the end of the last wait; 1 is the usual rate."""
    if rate_limited_until is None:
        return 1.0
    quiet_min = max(0.0, (now - rate_limited_until).total_seconds() / 60)
    return min(1.0, max(SLOWEST, rate_factor) + RECOVERY_PER_MIN * quiet_min)


def lowered_rate_factor(rate_factor: float) -> float:
    """Returns the rate factor after a 429."""
    return max(SLOWEST, rate_factor / 2)


def is_rate_limited(rate_limited_until: dt.datetime | None, now: dt.datetime) -> bool:
    """Returns whether the wait of the last 429 is not over."""
    return rate_limited_until is not None and now < rate_limited_until
