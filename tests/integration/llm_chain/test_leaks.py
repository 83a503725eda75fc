"""Leaks that a provider's answers really hold: every one is found, and none reaches a chat."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from app.domain.lanes.leaks import LeakCheck, PrivateContext
from app.models import Chat, Message, Utterance
from tests.builders import fetch, make_message

LINES = (
    "the merger of the two northern banks closes on friday at noon",
    "my sister starts her new job at the harbour office next monday",
    "we keep the spare key under the third flower pot from the left",
    "the doctor said that the results of the second test look fine",
    "our landlord wants to raise the rent by nine percent in spring",
    "nobody may know that grandmother sold the house by the lake",
)


def count(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def plan_private_chats(fleet):
    """One plan in each of six chats, where something private was said."""
    fleet.plan(len(LINES))
    for chat, line in zip(fetch(fleet.sessions, select(Chat).order_by(Chat.id)), LINES, strict=True):
        make_message(fleet.sessions, chat, line)


def plan_again(fleet):
    """What was written is forgotten, and all of it waits again."""
    with fleet.sessions.begin() as session:
        for utterance in session.scalars(select(Utterance)):
            utterance.state, utterance.text, utterance.attempts = "planned", None, 0
            utterance.available_at, utterance.finished_at = utterance.planned_at, None


def texts_and_contexts(fleet):
    """What was written for each chat, and what was said in it."""
    said = {row.chat_id: row.text for row in fetch(fleet.sessions, select(Message))}
    written = {row.chat_id: row.text or "" for row in fetch(fleet.sessions, select(Utterance))}
    contexts = {str(chat): PrivateContext((text,)) for chat, text in said.items()}
    return {str(chat): text for chat, text in written.items()}, contexts


@pytest.mark.parametrize("stream", [False, True])
def test_every_leak_that_the_provider_plants_is_found_and_its_prompt_answered_alone(first, fleet, make_runtime, stream):
    plan_private_chats(fleet)
    leaks, alone = count("chorus_llm_leaks_total"), count("chorus_llm_alone_total")
    planted = 4
    first.fault("leak", count=planted)
    runtime = make_runtime(first.url, llm_stream=stream)
    fleet.work(runtime)
    while count("chorus_llm_leaks_total") - leaks < planted:
        before = count("chorus_llm_leaks_total")
        plan_again(fleet)
        fleet.work(runtime)
        assert count("chorus_llm_leaks_total") > before, "a planted leak was not found"
    assert count("chorus_llm_leaks_total") - leaks == planted
    assert count("chorus_llm_alone_total") - alone == planted
    assert set(fleet.states) == {"ready"}
    texts, contexts = texts_and_contexts(fleet)
    assert LeakCheck(contexts).find(texts) == {}


def test_without_planted_leaks_nothing_is_thrown_back(first, fleet, make_runtime):
    plan_private_chats(fleet)
    leaks = count("chorus_llm_leaks_total")
    fleet.work(make_runtime(first.url))
    assert count("chorus_llm_leaks_total") == leaks
    assert len(fleet.ledger) == 1
