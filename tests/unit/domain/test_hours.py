from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.fleet.hours import MOST_WINDOWS, Window, is_within, parse_windows

TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0, fold=0))


def hours(*lines):
    return parse_windows("active", lines)


def utc(hour, minute=0, day=22, month=11):
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("09:00-17:30", "09:00-17:30"),
        (" 9-17 ", "09:00-17:00"),
        ("22:00 – 2:15", "22:00-02:15"),
        ("8.30-24:00", "08:30-00:00"),
    ],
)
def test_windows_are_read_as_people_write_them(typed, read):
    assert [str(window) for window in hours(typed)] == [read]


@pytest.mark.parametrize("typed", ["noon", "9", "9-25", "9:60-10", "24:01-2", "9:00-17:00-18:00", "٩-١٠", "-1-5"])
def test_what_is_no_window_is_refused_with_the_field_and_what_was_typed(typed):
    with pytest.raises(InvalidInput) as refused:
        hours("08:00-09:00", typed)
    assert refused.value.field == "active"
    assert typed in refused.value.message


def test_blank_lines_and_repeats_are_left_out_and_too_many_are_refused():
    assert hours("", "9-10", " ", "09:00-10:00") == (Window(dt.time(9), dt.time(10)),)
    assert len(hours(*(f"{n}-{n + 1}" for n in range(MOST_WINDOWS)))) == MOST_WINDOWS
    with pytest.raises(InvalidInput, match="at most 12"):
        hours(*(f"{n}-{n + 1}" for n in range(MOST_WINDOWS + 1)))


def test_an_instant_is_within_when_one_of_several_windows_holds_it():
    windows = hours("09:00-12:00", "22:00-02:00")
    inside = [hour for hour in range(24) if is_within(windows, utc(hour), "UTC")]
    assert inside == [0, 1, 9, 10, 11, 22, 23]


def test_no_window_holds_nothing():
    assert not is_within((), utc(12), "UTC")


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        (utc(6, 59, 24, 10), False),  # 08:59 in summer time, the day before the clocks go back
        (utc(7, 0, 24, 10), True),
        (utc(7, 59, 25, 10), False),  # 08:59 in winter time, the day they do
        (utc(8, 0, 25, 10), True),
        (utc(7, 59, 28, 3), False),  # 08:59 in winter time, the day before they go forward
        (utc(7, 0, 29, 3), True),  # 09:00 in summer time
    ],
)
def test_windows_move_with_the_clock_on_the_wall_when_summer_time_begins_and_ends(instant, inside):
    assert is_within(hours("09:00-17:00"), instant, "Europe/Berlin") is inside


def test_an_hour_that_comes_twice_counts_twice_and_one_that_is_left_out_never_comes():
    window = hours("02:00-03:00")
    autumn = [utc(h, 30, 25, 10) for h in range(4) if is_within(window, utc(h, 30, 25, 10), "Europe/Berlin")]
    spring = [utc(h, 30, 29, 3) for h in range(4) if is_within(window, utc(h, 30, 29, 3), "Europe/Berlin")]
    assert [instant.hour for instant in autumn] == [0, 1]
    assert spring == []


@given(start=TIMES, end=TIMES, clock=TIMES)
def test_a_clock_is_in_a_window_or_in_its_complement_and_equal_ends_are_the_whole_day(start, end, clock):
    if start == end:
        assert Window(start, end).holds(clock)
    else:
        assert Window(start, end).holds(clock) is not Window(end, start).holds(clock)


@given(start=TIMES, end=TIMES)
def test_a_window_reads_back_as_it_is_written(start, end):
    assert hours(str(Window(start, end))) == (Window(start, end),)
