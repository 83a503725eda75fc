"""How fast a bot may write in one chat, learned from Telegram's refusals.

Telegram's limits of a chat are neither published nor the same everywhere (slow mode, size, age). So each token has a
pace in each chat: the part, 0.1 to 1, of the usual rate. It is halved by every 429 and rises by a tenth for each quiet
minute: additive increase and multiplicative decrease, which settle just below a limit nobody tells (Chiu and Jain,
1989, https://doi.org/10.1016/0169-7552(89)90019-6).
"""

from __future__ import annotations

import datetime as dt

SLOWEST = 0.1
RECOVERY_PER_MIN = 0.1


def current_pace(pace: float, paced_at: dt.datetime | None, now: dt.datetime) -> float:
    """The pace as of `now`, when it was `pace` at `paced_at`, the end of the last rest; 1 is the usual rate."""
    if paced_at is None:
        return 1.0
    quiet_min = max(0.0, (now - paced_at).total_seconds() / 60)
    return min(1.0, max(SLOWEST, pace) + RECOVERY_PER_MIN * quiet_min)


def slowed_pace(pace: float) -> float:
    """The pace after a 429."""
    return max(SLOWEST, pace / 2)


def is_resting(paced_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the wait that the last 429 asked for is still on."""
    return paced_at is not None and now < paced_at
