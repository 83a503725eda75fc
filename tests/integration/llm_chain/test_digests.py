"""Digests and insights over real HTTP."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.models import Chat, Insight
from app.repositories.lanes.jobs import LEAST_MESSAGES
from app.services.lanes.generation import generate
from app.services.schedule.sweeping import plan_digests, plan_insights
from tests.builders import fetch, make_chat, make_message


def test_digests_of_busy_chats_come_in_one_request(first, fleet, make_runtime):
    now = dt.datetime.now(dt.UTC)
    chats = [make_chat(fleet.sessions, title=f"Chat {number}") for number in range(3)]
    for chat in chats:
        for number in range(LEAST_MESSAGES):
            make_message(fleet.sessions, chat, f"{number}: interest rates of {chat.title} again", now)
    runtime = make_runtime(first.url)
    plan_digests(runtime.sweeping)
    generate(runtime.generation, "digest.bulk")
    digests = fetch(fleet.sessions, select(Chat.digest).order_by(Chat.id))
    assert all("interest" in " ".join(digest["topics"]) for digest in digests)
    assert [row[2:] for row in fleet.ledger] == [(3, 3)]


def test_messages_are_read_one_by_one_over_the_same_way(first, fleet, make_runtime):
    now = dt.datetime.now(dt.UTC)
    chat = make_chat(fleet.sessions)
    for number in range(LEAST_MESSAGES):
        make_message(fleet.sessions, chat, f"{number}: I love interest rates like these", now)
    runtime = make_runtime(first.url)
    plan_insights(runtime.sweeping)
    generate(runtime.generation, "insight.bulk")
    found = fetch(fleet.sessions, select(Insight))
    assert {(insight.topic, insight.stance) for insight in found} == {("interest rates", "for")}
    assert len(found) == LEAST_MESSAGES
