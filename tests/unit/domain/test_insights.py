"""Insights: their prompt, and which answers are some."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.insights import (
    SCHEMA,
    SUMMARY_CHARACTERS,
    Insight,
    InsightItem,
    answer_budget,
    build_messages,
    fingerprint,
    read_insights,
)
from tests.unit.domain.scenes import message

GOOD = {"n": 1, "topic": "rates", "stance": "against", "sentiment": -0.4, "summary": "Fears that rates stay high."}


def item(job_id=1, *texts):
    said = tuple(message(n, text, author=f"Person {n % 2}") for n, text in enumerate(texts or ("hello", "hi", "bye")))
    return InsightItem(job_id, "Markets", "en", said)


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


def test_people_are_numbered_and_not_named():
    [_, user] = build_messages([item()])
    [asked] = json.loads(user["content"])["items"]
    assert [(said["n"], said["from"]) for said in asked["chat"]["messages"]] == [
        (1, "person 1"),
        (2, "person 2"),
        (3, "person 1"),
    ]
    assert "Person 0" not in user["content"]


def test_the_rules_come_first_and_are_the_same_for_every_request():
    assert build_messages([item(1)])[0] == build_messages([item(2, "other"), item(3)])[0]


def test_the_same_messages_are_the_same_prompt_whatever_the_job():
    assert fingerprint(item(1)) == fingerprint(item(2))
    assert fingerprint(item(1)) != fingerprint(item(1, "something else"))


def test_more_messages_may_take_a_longer_answer():
    assert answer_budget([item(1, *"abcdef")]) > answer_budget([item(1, "a")])


def test_the_schema_is_strict_all_the_way_down():
    def check(part):
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])
        for below in (*part.get("properties", {}).values(), part.get("items", {})):
            if below:
                check(below)

    check(SCHEMA)
