"""What becomes of answers: decided with no transaction open, stored in one, and neither lost nor stored twice."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, select, update

from app.domain.lanes.lane import Lane
from app.models import Chat, Insight, LLMJob, LLMRequest, Utterance
from app.repositories.lanes.jobs import LEAST_MESSAGES
from app.services.lanes.families import chat_answers, digest, insight
from app.services.lanes.generation import AMBIENT, generate
from app.services.lanes.releasing import Release
from app.services.schedule.sweeping import plan_digests, plan_insights, sweep
from tests.builders import fetch, make_bot, make_chat, make_message, make_utterance, refetch
from tests.integration.pipeline.test_query_count import counted

DIGEST, INSIGHT = Lane("digest", "bulk").name, Lane("insight", "bulk").name
SUMMED = {"topics": ["rates"], "mood": "calm", "summary": "They talk about rates."}
READ = {"n": 1, "topic": "rates", "stance": "against", "sentiment": -0.5, "summary": "Fears high rates."}

MOST_STATEMENTS = 24
"""Of a batch in which drafts are taken, asked for again and refused, from the look at its lane to the last account."""


@pytest.fixture
def plan(pipeline):
    """A plan that waits, in a chat of its own."""

    def make(**fields):
        bot = make_bot(pipeline.sessions)
        return make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned", **fields)

    return make


@pytest.fixture
def busy_chats(pipeline):
    """Two chats in which enough was said for a digest and for insights."""
    chats = [make_chat(pipeline.sessions, title=title) for title in ("Markets", "Birds")]
    for chat in chats:
        for number in range(LEAST_MESSAGES):
            make_message(pipeline.sessions, chat, f"{number}: a long enough sentence about {chat.title}")
    return chats


@pytest.fixture
def open_while(committed_db, monkeypatch):
    """How many connections are taken each time that `module.name` is called."""

    def watch(module, name):
        seen, judge = [], getattr(module, name)

        def note(*args):
            seen.append(committed_db.pool.checkedout())
            return judge(*args)

        monkeypatch.setattr(module, name, note)
        return seen

    return watch


def say(*texts):
    """An answer with these texts for the items in their order."""
    return lambda items: json.dumps(
        {"items": [{"id": item["id"], "text": text} for item, text in zip(items, texts, strict=True)]}
    )


def with_each(fields):
    return lambda items: json.dumps({"items": [{"id": item["id"], **fields} for item in items]})


@pytest.mark.parametrize("stream", [False, True])
def test_no_transaction_is_open_while_drafts_are_checked(pipeline, plan, open_while, stream):
    pipeline.stream = stream
    plan(), plan()
    seen = open_while(chat_answers, "finish")
    pipeline.llm.answer = say("Rates look calm.", "Guaranteed profit!")
    generate(pipeline.generation, AMBIENT)
    assert seen == [0, 0]
    assert sorted(fetch(pipeline.sessions, select(Utterance.state))) == ["planned", "ready"]


def test_no_transaction_is_open_while_digests_are_judged_be_they_held_or_new(pipeline, busy_chats, open_while):
    seen = open_while(digest, "is_instruction")
    pipeline.llm.answer = with_each(SUMMED)
    for _ in range(2):
        with pipeline.sessions.begin() as session:
            session.execute(delete(LLMJob))
            session.execute(update(Chat).values(digested_at=None))
        plan_digests(pipeline.sweeping)
        generate(pipeline.generation, DIGEST)
    assert (len(seen), set(seen), len(pipeline.llm.requests)) == (8, {0}, 1)
    assert [refetch(pipeline.sessions, chat).digest for chat in busy_chats] == [SUMMED] * 2


def test_no_transaction_is_open_while_insights_are_read(pipeline, busy_chats, open_while):
    seen = open_while(insight, "read_insights")
    pipeline.llm.answer = with_each({"insights": [READ]})
    plan_insights(pipeline.sweeping)
    generate(pipeline.generation, INSIGHT)
    assert set(seen) == {0}
    assert len(fetch(pipeline.sessions, select(Insight))) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_a_worker_that_dies_between_deciding_and_storing_loses_nothing(pipeline, plan, monkeypatch, stream):
    pipeline.stream = stream
    waiting = plan()
    with monkeypatch.context() as broken:
        broken.setattr(Release, "_store", die)
        with pytest.raises(WorkerDied):
            generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, waiting).state == "generating"
    pipeline.clock.pass_seconds(120)
    sweep(pipeline.sweeping)
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, waiting)
    assert (row.state, row.text) == ("ready", f"Thought number {waiting.id}.")
    outcomes = fetch(pipeline.sessions, select(LLMRequest.outcome).order_by(LLMRequest.id))
    assert outcomes == ["abandoned", "answered"]


def test_an_answer_that_comes_late_is_not_stored_over_the_one_that_came_meanwhile(pipeline, plan):
    waiting = plan()
    answer_late(pipeline, "Rates look calm.", "Gold is quiet.")
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, waiting)
    assert (row.state, row.text) == ("ready", "Gold is quiet.")


@pytest.mark.parametrize("refused_before", [None, "duplicate"])
def test_a_draft_that_is_refused_late_does_not_end_the_text_that_came_meanwhile(pipeline, plan, refused_before):
    waiting = plan(rewrite_reason=refused_before)
    answer_late(pipeline, "Guaranteed profit!", "Gold is quiet.")
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, waiting)
    assert (row.state, row.text, row.rewrite_reason) == ("ready", "Gold is quiet.", refused_before)


def test_a_batch_costs_the_same_statements_however_many_of_its_drafts_are_refused(pipeline, plan, committed_db):
    def statements(*texts):
        for number, _ in enumerate(texts):
            plan(rewrite_reason=("duplicate" if number % 2 else None))
        pipeline.llm.answer = say(*texts)
        with counted(committed_db) as seen:
            generate(pipeline.generation, AMBIENT)
        with pipeline.sessions.begin() as session:
            session.execute(delete(Utterance))
        return seen

    few = statements("Rates look calm.", "Guaranteed profit!", "DM me for details", "Gold is quiet.")
    many = statements(*(f"{number}: guaranteed profit!" for number in range(19)), "Silver is quiet.")
    assert len(many) == len(few) == MOST_STATEMENTS, many


class WorkerDied(BaseException):
    """What a process that is killed looks like to its own code: nothing handles it."""


def die(*_, **__):
    raise WorkerDied


def answer_late(pipeline, late, meanwhile):
    """The first answer takes so long that its plan is taken back, asked for again and answered by another worker."""

    def respond(items):
        pipeline.llm.answer = say(meanwhile)
        pipeline.clock.pass_seconds(120)
        sweep(pipeline.sweeping)
        generate(pipeline.generation, AMBIENT)
        return say(late)(items)

    pipeline.llm.answer = respond
