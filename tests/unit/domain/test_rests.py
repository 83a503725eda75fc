"""When a place that refuses what bots send rests, and for how long."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.delivery.rests import (
    Place,
    Standing,
    after_failure,
    is_resting,
    name_place,
    reaction_place,
    text_place,
)
from app.domain.errors import BadRequest, ChatRefused, ReactionInvalid, TopicRefused

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
TOPIC = Place(1, 2, 5)


@pytest.mark.parametrize(("place", "patience"), [(TOPIC, 3), (Place(1, None, -1, "👍"), 1)])
def test_a_place_rests_after_so_many_failures_in_a_row(place, patience):
    standing = Standing()
    for failures in range(1, patience + 1):
        assert not is_resting(standing.rests_until, NOW)
        standing = after_failure(standing, place, NOW)
        assert standing.failures == failures
    assert is_resting(standing.rests_until, NOW)


def test_a_failure_during_a_rest_does_not_prolong_it_and_one_after_it_begins_a_longer_one():
    resting = Standing(3, 1, NOW + dt.timedelta(minutes=15))
    assert after_failure(resting, TOPIC, NOW) == Standing(4, 1, resting.rests_until)
    later = NOW + dt.timedelta(minutes=15)
    assert not is_resting(resting.rests_until, later)
    assert after_failure(resting, TOPIC, later) == Standing(4, 2, later + dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (text_place(2, 1, 5, ChatRefused("PAYMENT_REQUIRED")), "the whole chat"),
        (text_place(2, 1, 5, TopicRefused("TOPIC_CLOSED")), "topic 5"),
        (text_place(2, 1, 5, BadRequest("ODD")), "topic 5"),
        (text_place(2, 1, None, BadRequest("ODD")), "messages outside of topics"),
        (reaction_place(1, "👍", ReactionInvalid("REACTION_INVALID")), "reactions with 👍"),
        (reaction_place(1, "👍", BadRequest("ODD")), "all reactions"),
    ],
)
def test_what_rests_is_no_more_than_the_refusal_concerns(place, words):
    assert name_place(place.thread_id, place.emoji) == words
