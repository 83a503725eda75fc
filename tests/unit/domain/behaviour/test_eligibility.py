from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.eligibility import OK, is_awake
from app.domain.hours import Window
from tests.unit.domain.scenes import context, profile

TIMES = st.times().map(lambda time: time.replace(microsecond=0, fold=0))


def awake(start, end, now, timezone="UTC"):
    bot = profile(active=(Window(start, end),), timezone=timezone)
    return is_awake(context(bot=bot), now).verdict == OK


def at(hour, minute=0, month=11):
    return dt.datetime(2026, month, 22, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "expected"), [(at(8, 59), False), (at(9), True), (at(16, 59), True), (at(17), False), (at(0), False)]
)
def test_a_bot_is_awake_from_its_first_hour_until_its_last(now, expected):
    assert awake(dt.time(9), dt.time(17), now) is expected


@pytest.mark.parametrize(
    ("now", "expected"), [(at(21, 59), False), (at(22), True), (at(0), True), (at(1, 59), True), (at(2), False)]
)
def test_active_hours_may_pass_midnight(now, expected):
    assert awake(dt.time(22), dt.time(2), now) is expected


def test_equal_ends_mean_the_whole_day():
    assert all(awake(dt.time(7), dt.time(7), at(hour)) for hour in range(24))


@pytest.mark.parametrize(
    ("timezone", "month", "utc_hour"),
    [("Europe/Istanbul", 11, 6), ("America/New_York", 11, 14), ("America/New_York", 7, 13), ("Asia/Kolkata", 11, 4)],
)
def test_active_hours_are_told_in_the_bots_own_time_zone(timezone, month, utc_hour):
    opens = dt.time(9, 30) if timezone == "Asia/Kolkata" else dt.time(9)
    assert awake(opens, dt.time(17), at(utc_hour, 0, month), timezone)
    assert not awake(opens, dt.time(17), at(utc_hour - 1, 59, month), timezone)


@given(start=TIMES, end=TIMES, now=TIMES)
def test_a_bot_is_awake_in_a_window_or_in_its_complement_never_in_both(start, end, now):
    instant = dt.datetime.combine(dt.date(2026, 11, 22), now, dt.UTC)
    if start != end:
        assert awake(start, end, instant) is not awake(end, start, instant)
