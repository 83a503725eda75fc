"""Digests: their prompt, and which answers are one."""

from __future__ import annotations

import json

import pytest

from app.domain.digests import SUMMARY_CHARACTERS, TOPICS, Digest, DigestItem, build_messages, fingerprint, read_digest
from tests.unit.domain.scenes import message

GOOD = {"id": "1", "topics": ["rates", "rates", " chips "], "mood": "calm", "summary": "They wait for the bank."}


def item(job_id=1, *texts):
    said = tuple(message(n, text, author=f"Person {n % 2}") for n, text in enumerate(texts or ("hello", "hi", "bye")))
    return DigestItem(job_id, "Markets", "en", said)


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


def test_people_are_numbered_and_not_named():
    [_, user] = build_messages([item()])
    [asked] = json.loads(user["content"])["items"]
    assert [said["from"] for said in asked["chat"]["messages"]] == ["person 1", "person 2", "person 1"]
    assert "Person 0" not in user["content"]


def test_the_rules_come_first_and_are_the_same_for_every_request():
    assert build_messages([item(1)])[0] == build_messages([item(2, "other"), item(3)])[0]


def test_the_same_messages_are_the_same_prompt_whatever_the_job():
    assert fingerprint(item(1)) == fingerprint(item(2))
    assert fingerprint(item(1)) != fingerprint(item(1, "something else"))
