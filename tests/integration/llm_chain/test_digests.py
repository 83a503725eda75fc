"""Digests over real HTTP."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.models import Chat
from app.repositories.jobs import LEAST_MESSAGES
from app.services.generation import generate
from app.services.sweeping import plan_digests
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
