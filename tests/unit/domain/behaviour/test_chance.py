from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.chance import draw


@given(weights=st.lists(st.floats(0, 1e6), min_size=1).filter(any), seed=st.integers())
def test_what_weighs_nothing_is_never_drawn(weights, seed):
    index, roll = draw(weights, random.Random(seed))
    assert weights[index] > 0
    assert 0 <= roll < 1


def test_what_weighs_twice_as_much_is_drawn_twice_as_often():
    counts = Counter(draw([1.0, 2.0], random.Random(seed))[0] for seed in range(3000))
    assert 1.8 < counts[1] / counts[0] < 2.2


def test_the_roll_is_the_generators_next_number():
    assert draw([1.0], random.Random(5)) == (0, random.Random(5).random())
