"""Drawing by weight, so that the roll can be told."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


def draw(weights: Sequence[float], rng: random.Random) -> tuple[int, float]:
    """An index at random by weight, and the roll (0 to 1) that chose it. One weight at least must be above 0."""
    roll = rng.random()
    sums = list(accumulate(weights))
    below_all = math.nextafter(sums[-1], 0.0)
    return bisect_right(sums, min(roll * sums[-1], below_all)), roll
