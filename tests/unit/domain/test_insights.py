"""Insights: their prompt, and which answers are some."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lanes.excerpts import Excerpt
from app.domain.lanes.insights import SUMMARY_CHARACTERS, Insight, answer_budget, read_insights, schema
from tests.unit.domain.scenes import message

GOOD = {"n": 1, "topic": "rates", "stance": "against", "sentiment": -0.4, "summary": "Fears that rates stay high."}


def test_an_answer_becomes_one_insight_a_message():
    second = GOOD | {"n": 2, "sentiment": 1}
    assert read_insights({"insights": [GOOD, second, GOOD | {"topic": "again"}]}) == (
        Insight(0, "rates", "against", -0.4, "Fears that rates stay high."),
        Insight(1, "rates", "against", 1.0, "Fears that rates stay high."),
    )


@pytest.mark.parametrize(
    "part",
    [
        {"n": 0},
        {"n": "1"},
        {"n": True},
        {"topic": " "},
        {"topic": None},
        {"stance": "maybe"},
        {"sentiment": "good"},
        {"sentiment": True},
        {"sentiment": float("nan")},
        {"summary": ""},
        {"summary": 3},
    ],
    ids=str,
)
def test_an_insight_with_a_part_that_cannot_be_used_is_left_out_and_the_others_stay(part):
    assert [found.place for found in read_insights({"insights": [GOOD | part, GOOD | {"n": 2}]})] == [1]


@pytest.mark.parametrize("answer", [{}, {"insights": "none"}, {"insights": []}, {"insights": ["x", 3, None]}], ids=str)
def test_an_answer_without_insights_has_none(answer):
    assert read_insights(answer) == ()


def test_what_is_too_long_or_out_of_range_is_cut():
    [found] = read_insights({"insights": [GOOD | {"summary": "x\n" * 500, "sentiment": 7}]})
    assert (len(found.summary), found.sentiment) == (SUMMARY_CHARACTERS, 1.0)
    assert "\n" not in found.summary


@given(answer=st.recursive(st.none() | st.text() | st.floats(), lambda part: st.dictionaries(st.text(), part)))
def test_any_answer_is_read(answer):
    assert read_insights({"insights": [answer]}) == ()


def test_more_messages_may_take_a_longer_answer():
    few, many = (Excerpt(1, "Markets", "en", (message(1, "hello"),) * count) for count in (1, 6))
    assert answer_budget([many]) > answer_budget([few])


def test_the_schema_is_strict_all_the_way_down():
    def check(part):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        for below in (*part.get("properties", {}).values(), part.get("items", {})):
            if below:
                check(below)

    check(schema(2))
