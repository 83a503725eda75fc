"""The adaptive model of a (token, chat): halved by a 429, recovering by a tenth for each quiet minute."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pace import SLOWEST, current_pace, is_resting, slowed_pace

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def after(minutes):
    return NOW + dt.timedelta(minutes=minutes)


def test_without_a_429_the_pace_is_the_usual_one():
    assert current_pace(1.0, None, NOW) == 1.0
    assert not is_resting(None, NOW)


@pytest.mark.parametrize(("minutes", "pace"), [(0, 0.5), (1, 0.6), (2.5, 0.75), (5, 1.0), (600, 1.0)])
def test_a_tenth_comes_back_with_each_quiet_minute(minutes, pace):
    assert current_pace(0.5, NOW, after(minutes)) == pytest.approx(pace)


def test_nothing_comes_back_while_the_rest_is_on():
    assert current_pace(0.5, after(3), NOW) == 0.5
    assert is_resting(after(3), NOW)
    assert not is_resting(after(3), after(3))


def test_a_storm_of_429s_ends_at_the_slowest_pace_and_still_recovers():
    pace = 1.0
    for _ in range(20):
        pace = slowed_pace(pace)
    assert pace == SLOWEST
    assert current_pace(pace, NOW, after(9)) == pytest.approx(1.0)


@given(pace=st.floats(-1, 2), minutes=st.floats(-1e5, 1e5))
def test_whatever_is_stored_the_pace_stays_within_its_bounds(pace, minutes):
    assert SLOWEST <= current_pace(pace, NOW, after(minutes)) <= 1.0
    assert SLOWEST <= slowed_pace(current_pace(pace, NOW, after(minutes))) <= 0.5
