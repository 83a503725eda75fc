"""Excerpts of chats: how a request carries them."""

from __future__ import annotations

import json

from app.domain.lanes.excerpts import Excerpt, build_messages, fingerprint
from tests.unit.domain.scenes import message

RULES = "Sum up."


def excerpt(job_id=1, *texts):
    said = tuple(message(n, text, author=f"Person {n % 2}") for n, text in enumerate(texts or ("hello", "hi", "bye")))
    return Excerpt(job_id, "Markets", "en", said)


def test_people_are_numbered_and_not_named():
    [_, user] = build_messages(RULES, [excerpt()])
    [asked] = json.loads(user["content"])["items"]
    assert [line[:2] for line in asked["chat"]["lines"]] == [[1, 1], [2, 2], [3, 1]]
    assert "Person 0" not in user["content"]


def test_the_rules_come_first_and_are_the_same_for_every_request():
    first = build_messages(RULES, [excerpt(1)])[0]
    assert first == build_messages(RULES, [excerpt(2, "other"), excerpt(3)])[0] == {"role": "system", "content": RULES}


def test_the_same_messages_under_the_same_rules_are_the_same_prompt_whatever_the_job():
    assert fingerprint(RULES, excerpt(1)) == fingerprint(RULES, excerpt(2))
    assert fingerprint(RULES, excerpt(1)) != fingerprint(RULES, excerpt(1, "something else"))
    assert fingerprint(RULES, excerpt(1)) != fingerprint("Read.", excerpt(1))
