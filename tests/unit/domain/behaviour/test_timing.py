from __future__ import annotations

import random
import statistics

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.timing import reading_time, typing_time
from app.domain.settings import FleetSettings

SETTINGS = FleetSettings()


def waits(settings, tempo=1.0, *, urgent=False):
    return [reading_time(urgent, tempo, settings, random.Random(seed)) for seed in range(4000)]


def test_180_words_a_minute_type_three_words_a_second():
    assert typing_time("x" * 60, 180, 60) == 4.0


@given(text=st.text(), speed=st.integers(20, 600), most=st.floats(0, 60))
def test_typing_takes_at_least_a_second_and_never_more_than_the_setting(text, speed, most):
    seconds = typing_time(text, speed, most)
    assert min(1.0, most) <= seconds <= most


@given(seed=st.integers(), tempo=st.floats(0.1, 20), urgent=st.booleans())
def test_reading_stays_within_its_bounds(seed, tempo, urgent):
    seconds = reading_time(urgent, tempo, SETTINGS, random.Random(seed))
    assert (0 if urgent else SETTINGS.reading_min_s) <= seconds
    assert seconds <= (SETTINGS.answer_reading_max_s if urgent else SETTINGS.reading_max_s)


def test_reading_is_exponential_around_its_mean():
    unbounded = FleetSettings(reading_mean_s=4, reading_min_s=0, reading_max_s=600)
    seconds = waits(unbounded)
    assert 3.7 < statistics.mean(seconds) < 4.3
    assert 3.7 < statistics.pstdev(seconds) < 4.4


def test_twice_the_tempo_reads_half_as_long():
    unbounded = FleetSettings(reading_min_s=0, reading_max_s=600)
    assert [2 * second for second in waits(unbounded, 2.0)] == waits(unbounded, 1.0)


def test_whoever_waits_is_not_kept_waiting_whatever_the_tempo():
    assert waits(SETTINGS, 0.1, urgent=True) == waits(SETTINGS, 9.0, urgent=True)


def test_no_time_to_read_is_none():
    still = FleetSettings(reading_mean_s=0, reading_min_s=0, answer_reading_max_s=0)
    assert set(waits(still)) == set(waits(still, urgent=True)) == {0.0}


def test_where_the_bounds_cross_the_longest_counts():
    assert set(waits(FleetSettings(reading_min_s=9, reading_max_s=2))) == {2.0}
