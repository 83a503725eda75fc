"""Adaptive batch sizes: rows for the next statement of a long job, by the duration of the last one."""

from __future__ import annotations

FIRST = 500
LEAST = 10
MOST = 2000
AIM_S = 0.2
"""Target seconds of a batch: row locks and disk load of this length do no harm."""


def next_rows(rows: int, took_s: float) -> int:
    """Halves the rows after a batch that took longer than the aim, doubles them after less than half of it."""
    if took_s > AIM_S:
        return max(LEAST, rows // 2)
    return min(MOST, rows * 2) if took_s < AIM_S / 2 else rows


def fewer_rows(rows: int) -> int | None:
    """Returns a quarter of the rows after a batch that timed out; None when it had the smallest size."""
    return None if rows <= LEAST else max(LEAST, rows // 4)
