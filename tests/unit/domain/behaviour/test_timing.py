from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.timing import reading_time, typing_time


def test_180_words_a_minute_type_three_words_a_second():
    assert typing_time("x" * 60, 180, 60) == 4.0


@given(text=st.text(), speed=st.integers(20, 600), most=st.floats(0, 60))
def test_typing_takes_at_least_a_second_and_never_more_than_the_setting(text, speed, most):
    seconds = typing_time(text, speed, most)
    assert min(1.0, most) <= seconds <= most


@given(seed=st.integers())
def test_a_person_who_waits_is_not_kept_waiting_for_reading(seed):
    assert 0 <= reading_time(True, random.Random(seed)) <= 0.2 <= reading_time(False, random.Random(seed)) <= 1.5


def test_the_same_seed_reads_equally_long():
    assert reading_time(False, random.Random(3)) == reading_time(False, random.Random(3))
