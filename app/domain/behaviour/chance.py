"""Weighted draws that return their roll."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


def draw(weights: Sequence[float], rng: random.Random) -> tuple[int, float]:
    """Draws an index by weight; returns it and the roll (0 to 1). At least one weight must be above 0."""
    roll = rng.random()
    sums = list(accumulate(weights))
    below_all = math.nextafter(sums[-1], 0.0)
    return bisect_right(sums, min(roll * sums[-1], below_all)), roll
