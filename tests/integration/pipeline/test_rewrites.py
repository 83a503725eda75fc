"""A refused draft is asked for once more, with the reason, and ends in silence when it is refused again."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event

from app.models import Chat, Mute, Person, Setting
from app.services.delivery import deliver
from app.services.lanes.generation import AMBIENT, generate
from app.services.schedule.sweeping import sweep
from tests.builders import NOW, add, make_bot, make_chat, make_message, make_utterance, refetch

SAID = "The details of the report decide more than its headline does, I think."


@pytest.fixture
def plan(pipeline):
    bot = make_bot(pipeline.sessions)
    return make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned")


def answer(pipeline, *texts):
    """The model's answers, one a request, the last one again and again."""
    left = list(texts)

    def respond(items):
        text = left.pop(0) if len(left) > 1 else left[0]
        return json.dumps({"items": [{"id": item["id"], "text": text} for item in items]})

    pipeline.llm.answer = respond


def counted(state, reason):
    return REGISTRY.get_sample_value("chorus_utterances_total", {"state": state, "reason": reason}) or 0


def configure(pipeline, **values):
    add(pipeline.sessions, *(Setting(scope="fleet", key=key, value=value) for key, value in values.items()))


def test_a_refused_draft_rides_its_lane_again_with_the_reason_and_may_be_sent(pipeline, plan):
    answer(pipeline, "Guaranteed profit!", "Rates look calm.")
    before = counted("rewrite", "unsafe_promises_profit")
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, plan)
    assert (row.state, row.rewrite_reason, row.refused_text) == (
        "planned",
        "unsafe_promises_profit",
        "Guaranteed profit!",
    )
    assert (AMBIENT, 0.0) in pipeline.queue.lanes
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, plan)
    assert (row.state, row.text) == ("ready", "Rates look calm.")
    [[first], [second]] = pipeline.llm.requests
    assert "rewrite" not in first["task"]
    assert "promised profit" in second["task"]["rewrite"]
    assert counted("rewrite", "unsafe_promises_profit") == before + 1


def test_a_second_refusal_ends_in_silence_with_its_own_reason(pipeline, plan):
    answer(pipeline, "Guaranteed profit!", "DM me for details")
    for _ in range(4):
        generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, plan)
    assert (row.state, row.reason, row.text) == ("discarded", "unsafe_private_contact", "DM me for details")
    assert len(pipeline.llm.requests) == 2


def test_a_rewrite_whose_worker_died_is_not_asked_for_a_third_time(pipeline, plan):
    answer(pipeline, "Guaranteed profit!")
    generate(pipeline.generation, AMBIENT)
    with pipeline.sessions.begin() as session:
        row = session.get(type(plan), plan.id)
        row.state, row.lease_until = "generating", NOW - dt.timedelta(seconds=1)
    sweep(pipeline.sweeping)
    for _ in range(3):
        generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).state == "discarded"
    assert len(pipeline.llm.requests) == 2


def test_what_another_bot_said_in_another_chat_is_not_said_nearly_again(pipeline, plan):
    other = make_bot(pipeline.sessions, "Bruno")
    make_utterance(pipeline.sessions, other, make_chat(pipeline.sessions, other), "sent", text=SAID)
    answer(pipeline, "I think the details of the report decide more than its headline does.")
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).rewrite_reason == "near_duplicate"


def test_two_drafts_of_one_batch_are_not_alike_either(pipeline):
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bruno")]
    plans = [make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned") for bot in bots]
    answer(pipeline, SAID)
    generate(pipeline.generation, AMBIENT)
    rows = [refetch(pipeline.sessions, plan) for plan in plans]
    assert sorted((row.state, row.rewrite_reason or "") for row in rows) == [("planned", "duplicate"), ("ready", "")]


def test_what_was_said_long_ago_may_be_said_again(pipeline, plan):
    other = make_bot(pipeline.sessions, "Bruno")
    long_ago = NOW - dt.timedelta(days=1)
    make_utterance(
        pipeline.sessions, other, make_chat(pipeline.sessions, other), "sent", text=SAID, planned_at=long_ago
    )
    answer(pipeline, SAID)
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).state == "ready"


def test_a_person_who_wants_to_be_left_alone_is_not_mentioned(pipeline, plan):
    with pipeline.sessions() as session:
        chat = session.get(Chat, plan.chat_id)
    message = make_message(pipeline.sessions, chat, "leave me alone")
    with pipeline.sessions.begin() as session:
        person = session.get(Person, message.person_id)
        person.display_name, person.username = "Mallory Stone", "mallory"
        session.add(Mute(chat_id=chat.id, person_id=person.id, since=NOW))
    answer(pipeline, "I agree with Mallory Stone here")
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).rewrite_reason == "names_the_muted"


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        ("read docs.example.org/page", {}, "unsafe_link"),
        ("read docs.example.org/page", {"allowed_hosts": ["example.org"]}, None),
        ("a fr0g coin", {"blocked_words": ["frog coin"]}, "unsafe_blocked_word"),
        ("a frog coin", {}, None),
    ],
)
def test_links_allowed_and_words_blocked_are_settings_of_lanes_and_of_the_send(pipeline, plan, text, values, reason):
    configure(pipeline, **values)
    answer(pipeline, text)
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, plan).rewrite_reason == reason
    other = make_bot(pipeline.sessions, "Bruno")
    ready = make_utterance(pipeline.sessions, other, make_chat(pipeline.sessions, other), "ready", text=text)
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == (("discarded", reason) if reason else ("sent", None))


def test_what_drafts_are_held_against_is_read_once_a_batch(pipeline, committed_db):
    counts = []
    for size in (1, 8):
        for _ in range(size):
            bot = make_bot(pipeline.sessions)
            make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned")
        statements = statements_of(committed_db, lambda: generate(pipeline.generation, AMBIENT))
        counts.append(sum("memberships s" in one and "unnest" in one for one in statements))
    assert counts == [1, 1]


def statements_of(engine, work):
    """The SQL that `work` sends."""
    sent = []

    def note(connection, cursor, statement, *rest):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return sent
