"""Digests: which answers are one."""

from __future__ import annotations

import pytest

from app.domain.lanes.digests import SUMMARY_CHARACTERS, TOPICS, Digest, read_digest

GOOD = {"id": "1", "topics": ["rates", "rates", " chips "], "mood": "calm", "summary": "They wait for the bank."}


def test_an_answer_becomes_a_digest_with_each_topic_once():
    assert read_digest(GOOD) == Digest(("rates", "chips"), "calm", "They wait for the bank.")


@pytest.mark.parametrize(
    "part",
    [{"topics": "rates"}, {"topics": []}, {"topics": ["", " "]}, {"mood": "sleepy"}, {"summary": " "}, {"summary": 3}],
    ids=str,
)
def test_an_answer_with_a_part_that_cannot_be_used_is_none(part):
    assert read_digest(GOOD | part) is None


def test_what_is_too_long_is_cut():
    digest = read_digest(GOOD | {"topics": [f"topic {n}" for n in range(20)], "summary": "x" * 5000})
    assert (len(digest.topics), len(digest.summary)) == (TOPICS, SUMMARY_CHARACTERS)
