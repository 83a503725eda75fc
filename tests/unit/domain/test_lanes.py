"""Lanes and their names."""

from __future__ import annotations

import pytest

from app.domain.lanes.lane import Lane, parse_lane

ALL = [
    Lane(family, urgency, economy)
    for family in ("chat", "digest")
    for urgency in ("interactive", "ambient", "bulk")
    for economy in (False, True)
]


@pytest.mark.parametrize("lane", ALL, ids=lambda lane: lane.name)
def test_a_name_leads_back_to_its_lane(lane):
    assert parse_lane(lane.name) == lane


@pytest.mark.parametrize("name", ["", "chat", "chat.soon", "chat.ambient.cheap", "chat.ambient.economy.more"])
def test_what_is_no_lane_is_refused(name):
    with pytest.raises(ValueError, match="not a lane"):
        parse_lane(name)


def test_a_lane_that_waited_rides_with_its_own_family_and_model_only():
    assert Lane("chat", "ambient").sources == ["chat.interactive", "chat.ambient"]
    assert Lane("chat", "interactive", economy=True).sources == ["chat.interactive.economy", "chat.ambient.economy"]
    assert Lane("digest", "bulk").sources == ["digest.bulk"]
