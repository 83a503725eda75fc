"""How many rows the next statement of a long piece of work takes, by how long the last one took."""

from __future__ import annotations

FIRST = 500
LEAST = 10
MOST = 5000
AIM_S = 0.2
"""Nobody notices a row that is locked, or a disk that is busy, for so long."""


def next_rows(rows: int, took_s: float) -> int:
    """Half as many after a batch that took longer than the aim, twice as many after one of less than half of it."""
    if took_s > AIM_S:
        return max(LEAST, rows // 2)
    return min(MOST, rows * 2) if took_s < AIM_S / 2 else rows


def fewer_rows(rows: int) -> int | None:
    """A quarter, after a batch that was cut off by its time limit; None when it was of the least."""
    return None if rows <= LEAST else max(LEAST, rows // 4)
