"""Digests through the bulk lane: who gets one, and what is not asked twice."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select, update

from app.domain.lanes.lane import Lane
from app.models import Chat, LLMJob, LLMRequest, Setting, Spending
from app.repositories.lanes.jobs import LEAST_MESSAGES
from app.services.lanes.generation import generate
from app.services.schedule.sweeping import plan_digests, sweep
from tests.builders import NOW, add, fetch, make_chat, make_message, refetch

BULK = Lane("digest", "bulk").name
ANSWER = {"topics": ["rates"], "mood": "calm", "summary": "They talk about rates."}


def digest_of(items):
    return json.dumps({"items": [{"id": item["id"], **ANSWER} for item in items]})


@pytest.fixture
def busy(pipeline):
    """A chat where enough was said."""
    pipeline.llm.answer = digest_of

    def make(title="Markets", messages=LEAST_MESSAGES, **fields):
        chat = make_chat(pipeline.sessions, title=title, **fields)
        for number in range(messages):
            make_message(pipeline.sessions, chat, f"{title} {number}", NOW - dt.timedelta(seconds=60 - number))
        return chat

    return make


def jobs(pipeline):
    return fetch(pipeline.sessions, select(LLMJob).order_by(LLMJob.id))


def test_busy_chats_get_their_digests_in_one_request(pipeline, busy):
    made = [busy(f"Chat {number}") for number in range(3)]
    plan_digests(pipeline.sweeping)
    assert pipeline.queue.lanes == [(BULK, 0.0)]
    generate(pipeline.generation, BULK)
    assert len(pipeline.llm.requests) == 1
    assert [refetch(pipeline.sessions, chat).digest for chat in made] == [ANSWER] * 3
    assert [job.state for job in jobs(pipeline)] == ["done"] * 3
    [row] = fetch(pipeline.sessions, select(LLMRequest))
    assert (row.lane, row.prompts, row.answered) == (BULK, 3, 3)


@pytest.mark.parametrize(
    "fields", [{"status": "paused"}, {"messages": LEAST_MESSAGES - 1}, {"digested_at": NOW}], ids=str
)
def test_a_chat_that_is_paused_or_quiet_or_has_a_fresh_digest_is_left_alone(pipeline, busy, fields):
    busy(**fields)
    plan_digests(pipeline.sweeping)
    assert jobs(pipeline) == []


def test_a_digest_that_is_on_its_way_is_not_planned_again(pipeline, busy):
    busy()
    plan_digests(pipeline.sweeping)
    plan_digests(pipeline.sweeping)
    assert len(jobs(pipeline)) == 1


@pytest.mark.parametrize("off", ["setting", "money"])
def test_no_digest_is_planned_when_they_are_off_or_money_is_short(pipeline, busy, off):
    busy()
    setting = Setting(scope="fleet", key="digest_interval_s", value=0)
    spending = Spending(day=NOW.date(), scope="fleet", scope_id=0, micros=8_000_000)
    add(pipeline.sessions, setting if off == "setting" else spending)
    plan_digests(pipeline.sweeping)
    assert jobs(pipeline) == []


def test_the_same_prompt_is_answered_from_the_cache_and_costs_nothing(pipeline, busy):
    chat = busy()
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    with pipeline.sessions.begin() as session:
        session.execute(update(Chat).values(digest=None, digested_at=None))
        session.execute(update(LLMJob).values(planned_at=NOW - dt.timedelta(days=1)))
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert len(pipeline.llm.requests) == 1
    assert refetch(pipeline.sessions, chat).digest == ANSWER
    assert len(fetch(pipeline.sessions, select(LLMRequest))) == 1
    make_message(pipeline.sessions, chat, "something new", NOW)
    with pipeline.sessions.begin() as session:
        session.execute(update(Chat).values(digested_at=None))
        session.execute(update(LLMJob).values(planned_at=NOW - dt.timedelta(days=1)))
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert len(pipeline.llm.requests) == 2


def test_only_what_is_new_is_asked_when_a_part_is_known(pipeline, busy):
    first = busy("First")
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    second = busy("Second")
    with pipeline.sessions.begin() as session:
        session.execute(update(Chat).values(digested_at=None))
        session.execute(update(LLMJob).values(planned_at=NOW - dt.timedelta(days=1)))
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    assert [len(request) for request in pipeline.llm.requests] == [1, 1]
    assert refetch(pipeline.sessions, first).digest == refetch(pipeline.sessions, second).digest == ANSWER
    [*_, row] = fetch(pipeline.sessions, select(LLMRequest).order_by(LLMRequest.id))
    assert row.prompts == 1


def test_an_answer_that_is_no_digest_is_asked_for_again_and_given_up_at_last(pipeline, busy):
    busy()
    plan_digests(pipeline.sweeping)
    pipeline.llm.answer = lambda items: json.dumps({"items": [{"id": items[0]["id"], "text": "hello"}]})
    for _ in range(7):
        generate(pipeline.generation, BULK)
    [job] = jobs(pipeline)
    assert (job.state, job.reason, len(pipeline.llm.requests)) == ("discarded", "no_usable_answer", 5)


def test_a_job_whose_worker_died_goes_back_to_its_lane(pipeline, busy):
    chat = busy(status="paused")
    past = NOW - dt.timedelta(seconds=1)
    row = {"family": "digest", "lane": BULK, "chat_id": chat.id, "available_at": past}
    add(pipeline.sessions, LLMJob(**row, state="generating", lease_until=past))
    sweep(pipeline.sweeping)
    [job] = jobs(pipeline)
    assert (job.state, job.attempts) == ("planned", 1)
    assert (BULK, 0.0) in pipeline.queue.lanes


def test_a_digest_is_paid_by_the_fleet_and_its_chat(pipeline, busy):
    chat = busy()
    plan_digests(pipeline.sweeping)
    generate(pipeline.generation, BULK)
    paid = {(row.scope, row.scope_id) for row in fetch(pipeline.sessions, select(Spending))}
    assert paid == {("fleet", 0), ("chat", chat.id)}
