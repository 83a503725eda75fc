"""Insights through the bulk lane: which messages are read, what is kept of it, and that chats come first."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select, update

from app.domain.lanes.lane import Lane
from app.models import Chat, Insight, LLMJob, LLMRequest, Message, Person, Setting, Spending
from app.repositories.lanes.insights import LEAST_MESSAGES, MOST_MESSAGES
from app.services.lanes.generation import generate
from app.services.schedule.sweeping import plan_insights
from tests.builders import NOW, add, fetch, make_chat, make_message

BULK = Lane("insight", "bulk").name
FOUND = {"topic": "rates", "stance": "against", "sentiment": -0.5, "summary": "Fears high rates."}


def insights_of(items):
    answers = [
        {"id": item["id"], "insights": [{"n": said["n"], **FOUND} for said in item["chat"]["messages"]]}
        for item in items
    ]
    return json.dumps({"items": answers})


@pytest.fixture
def busy(pipeline):
    """A chat where enough of substance was said."""
    pipeline.llm.answer = insights_of

    def make(title="Markets", messages=LEAST_MESSAGES, words="a long enough sentence about rates", **fields):
        chat = make_chat(pipeline.sessions, title=title, **fields)
        for number in range(messages):
            make_message(pipeline.sessions, chat, f"{title} {number}: {words}", NOW - dt.timedelta(seconds=99 - number))
        return chat

    return make


def asked(pipeline):
    return [said["text"] for items in pipeline.llm.requests for item in items for said in item["chat"]["messages"]]


def jobs(pipeline):
    return fetch(pipeline.sessions, select(LLMJob).order_by(LLMJob.id))


def test_messages_of_two_chats_are_read_in_one_request_and_each_gets_its_insight(pipeline, busy):
    busy("One"), busy("Two")
    plan_insights(pipeline.sweeping)
    assert pipeline.queue.lanes == [(BULK, 0.0)]
    generate(pipeline.generation, BULK)
    assert len(pipeline.llm.requests) == 1
    found = fetch(pipeline.sessions, select(Insight))
    assert len(found) == 2 * LEAST_MESSAGES
    assert {(one.topic, one.stance, one.summary) for one in found} == {("rates", "against", "Fears high rates.")}
    assert [job.state for job in jobs(pipeline)] == ["done", "done"]


def test_a_mood_that_no_lexicon_knew_is_filled_in_and_a_known_one_stays(pipeline, busy):
    busy()
    with pipeline.sessions.begin() as session:
        first = select(Message.id).order_by(Message.id).limit(1).scalar_subquery()
        session.execute(update(Message).where(Message.id == first).values(sentiment=0.9))
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert fetch(pipeline.sessions, select(Message.sentiment).order_by(Message.id)) == [0.9, -0.5, -0.5]


def test_only_the_newest_messages_of_substance_are_read_and_none_twice(pipeline, busy):
    chat = busy(messages=MOST_MESSAGES + 5)
    make_message(pipeline.sessions, chat, "ok", NOW)
    command = make_message(pipeline.sessions, chat, "/forgetme and a lot of other words", NOW)
    with pipeline.sessions.begin() as session:
        session.execute(update(Message).where(Message.id == command.id).values(is_command=True))
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert [text.split(":")[0] for text in asked(pipeline)] == [f"Markets {n}" for n in range(5, MOST_MESSAGES + 5)]
    pipeline.clock.pass_seconds(1801)
    plan_insights(pipeline.sweeping)
    assert len(jobs(pipeline)) == 1
    for number in range(LEAST_MESSAGES):
        make_message(pipeline.sessions, chat, f"something new {number}: the rates again", pipeline.clock.now())
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert [text[:13] for text in asked(pipeline)[MOST_MESSAGES:]] == ["something new"] * LEAST_MESSAGES


@pytest.mark.parametrize(
    "fields", [{"status": "paused"}, {"messages": LEAST_MESSAGES - 1}, {"words": ""}, {"insighted_at": NOW}], ids=str
)
def test_a_chat_that_is_paused_or_quiet_or_was_just_read_is_left_alone(pipeline, busy, fields):
    busy(**fields)
    plan_insights(pipeline.sweeping)
    assert jobs(pipeline) == []


@pytest.mark.parametrize("off", ["setting", "money"])
def test_nothing_is_read_when_it_is_off_or_money_is_short(pipeline, busy, off):
    busy()
    setting = Setting(scope="fleet", key="insight_interval_s", value=0)
    spending = Spending(day=NOW.date(), scope="fleet", scope_id=0, micros=8_000_000)
    add(pipeline.sessions, setting if off == "setting" else spending)
    plan_insights(pipeline.sweeping)
    assert jobs(pipeline) == []


def test_an_answer_without_a_usable_insight_is_given_up_and_its_messages_are_not_asked_again(pipeline, busy):
    busy()
    plan_insights(pipeline.sweeping)
    pipeline.llm.answer = lambda items: json.dumps({"items": [{"id": items[0]["id"], "insights": []}]})
    for _ in range(7):
        generate(pipeline.generation, BULK)
    assert [(job.state, job.reason) for job in jobs(pipeline)] == [("discarded", "no_usable_answer")]
    pipeline.clock.pass_seconds(1801)
    plan_insights(pipeline.sweeping)
    assert len(jobs(pipeline)) == 1


def test_numbers_of_no_message_are_ignored(pipeline, busy):
    busy()
    plan_insights(pipeline.sweeping)
    found = [{"n": 2, **FOUND}, {"n": 99, **FOUND}]
    pipeline.llm.answer = lambda items: json.dumps({"items": [{"id": items[0]["id"], "insights": found}]})
    generate(pipeline.generation, BULK)
    assert len(fetch(pipeline.sessions, select(Insight))) == 1


def test_what_is_forgotten_while_it_is_read_is_not_kept(pipeline, busy):
    busy()
    plan_insights(pipeline.sweeping)

    def forget_and_answer(items):
        with pipeline.sessions.begin() as session:
            session.execute(update(Person).values(muted=True))
        return insights_of(items)

    pipeline.llm.answer = forget_and_answer
    generate(pipeline.generation, BULK)
    assert fetch(pipeline.sessions, select(Insight)) == []
    assert [job.state for job in jobs(pipeline)] == ["done"]


def test_the_same_prompt_is_answered_from_the_cache_and_costs_nothing(pipeline, busy):
    busy()
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    with pipeline.sessions.begin() as session:
        session.execute(update(Chat).values(insight_message_id=None, insighted_at=None))
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert [job.state for job in jobs(pipeline)] == ["done", "done"]
    assert len(pipeline.llm.requests) == 1


def test_insights_are_paid_by_the_fleet_and_their_chat(pipeline, busy):
    chat = busy()
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    paid = {(row.scope, row.scope_id) for row in fetch(pipeline.sessions, select(Spending))}
    assert paid == {("fleet", 0), ("chat", chat.id)}


def test_bulk_lanes_share_the_places_of_one_so_that_chats_find_theirs_free(pipeline, busy):
    busy()
    plan_insights(pipeline.sweeping)
    lease = NOW + dt.timedelta(seconds=30)
    base = {"provider": "fake", "model": "fake-1", "prompts": 1, "lease_until": lease, "created_at": NOW}
    add(pipeline.sessions, *(LLMRequest(lane="digest.bulk.economy", **base) for _ in range(2)))
    generate(pipeline.generation, BULK)
    assert pipeline.llm.requests == []
    with pipeline.sessions.begin() as session:
        session.execute(update(LLMRequest).values(outcome="answered"))
    generate(pipeline.generation, BULK)
    assert len(pipeline.llm.requests) == 1
