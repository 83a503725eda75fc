"""After an outage the fleet comes back over a minute."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.schedule.ramp_up import RAMP_S, spread, was_away

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(("ago_s", "away"), [(None, False), (0, False), (60, False), (60.1, True), (86_400, True)])
def test_a_minute_without_a_look_is_an_outage_and_the_first_look_ends_none(ago_s, away):
    looked_at = None if ago_s is None else NOW - dt.timedelta(seconds=ago_s)
    assert was_away(looked_at, NOW) is away


@given(count=st.integers(1, 3000))
def test_what_waited_is_spread_evenly_in_its_order_and_none_leaves_at_once(count):
    places = [(at - NOW).total_seconds() for at in spread(count, NOW)]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] == RAMP_S
    in_each_second = [sum(second <= place < second + 1 for place in places) for second in range(61)]
    assert max(in_each_second) <= count / RAMP_S + 1


def test_nothing_that_waited_is_nothing_to_spread():
    assert spread(0, NOW) == []
