"""The adaptive model of a (token, chat): halved by a 429, recovering by a tenth for each quiet minute."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.rate import SLOWEST, current_rate_factor, is_rate_limited, lowered_rate_factor

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def after(minutes):
    return NOW + dt.timedelta(minutes=minutes)


def test_without_a_429_the_pace_is_the_usual_one():
    assert current_rate_factor(1.0, None, NOW) == 1.0
    assert not is_rate_limited(None, NOW)


@pytest.mark.parametrize(("minutes", "rate_factor"), [(0, 0.5), (1, 0.6), (2.5, 0.75), (5, 1.0), (600, 1.0)])
def test_a_tenth_comes_back_with_each_quiet_minute(minutes, rate_factor):
    assert current_rate_factor(0.5, NOW, after(minutes)) == pytest.approx(rate_factor)


def test_nothing_comes_back_while_the_rest_is_on():
    assert current_rate_factor(0.5, after(3), NOW) == 0.5
    assert is_rate_limited(after(3), NOW)
    assert not is_rate_limited(after(3), after(3))


def test_a_storm_of_429s_ends_at_the_slowest_pace_and_still_recovers():
    rate_factor = 1.0
    for _ in range(20):
        rate_factor = lowered_rate_factor(rate_factor)
    assert rate_factor == SLOWEST
    assert current_rate_factor(rate_factor, NOW, after(9)) == pytest.approx(1.0)


@given(rate_factor=st.floats(-1, 2), minutes=st.floats(-1e5, 1e5))
def test_whatever_is_stored_the_pace_stays_within_its_bounds(rate_factor, minutes):
    assert SLOWEST <= current_rate_factor(rate_factor, NOW, after(minutes)) <= 1.0
    assert SLOWEST <= lowered_rate_factor(current_rate_factor(rate_factor, NOW, after(minutes))) <= 0.5
