"""What becomes of a plan: a row that holds all that was decided."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.behaviour.tick import Decision, OpenTopic, React, Reply
from app.domain.behaviour.trace import Step
from app.models import Stance, TickTrace, Utterance
from app.repositories.utterances.planning import NewUtterance
from app.services.delivery import deliver
from app.services.schedule.tick import act, gather
from tests.builders import NOW, add, fetch, make_bot, make_message, refetch


@pytest.fixture
def store(pipeline, bot):
    """Acts on a plan; the utterance that came of it."""

    def store(plan, due_at=NOW):
        context = gather(pipeline.tick, bot.id, NOW, pipeline.tick.settings.book(), None)
        trace = (Step("shape", "ok", {"tempo": 1.0}),)
        new = NewUtterance(bot.id, due_at, plan, "1", 7, trace)
        act(pipeline.tick, new, NOW, context, Decision(plan, trace))
        rows = fetch(pipeline.sessions, select(Utterance).order_by(Utterance.id.desc()))
        return rows[0] if rows else None

    return store


def test_a_reply_keeps_how_long_it_may_be_when_its_bot_has_read_and_why(pipeline, store, chat):
    target = make_message(pipeline.sessions, chat, "What do you think?")
    row = store(Reply(chat.id, target.id, None, 14, 2.5))
    assert (row.kind, row.state, row.target_message_id) == ("reply", "planned", target.id)
    assert (row.max_words, row.reading_s, row.available_at) == (14, 2.5, NOW)
    (trace,) = fetch(pipeline.sessions, select(TickTrace))
    assert trace.steps == [{"rule": "shape", "verdict": "ok", "numbers": {"tempo": 1.0}}]
    assert pipeline.queue.lanes == [("chat.ambient", 0.0)]


def test_a_reaction_needs_no_model_and_is_given_once_its_bot_has_read(pipeline, store, chat):
    target = make_message(pipeline.sessions, chat, "Good news")
    row = store(React(chat.id, target.id, "🎉", 3.0))
    assert (row.kind, row.state, row.emoji, row.text) == ("reaction", "ready", "🎉", None)
    assert pipeline.queue.lanes == []
    deliver(pipeline.delivery)
    assert pipeline.telegram.reactions == []
    pipeline.clock.pass_seconds(3)
    deliver(pipeline.delivery)
    [(_, _, message_id, emoji)] = pipeline.telegram.reactions
    assert (message_id, emoji) == (target.telegram_message_id, "🎉")
    assert refetch(pipeline.sessions, row).state == "sent"


def test_opening_a_stance_notes_when_it_was_voiced_and_other_topics_do_not(pipeline, store, bot, chat):
    stances = [Stance(bot_id=bot.id, topic=topic, position="up") for topic in ("gold", "tea")]
    other = Stance(bot_id=make_bot(pipeline.sessions).id, topic="gold", position="down")
    add(pipeline.sessions, *stances, other)
    row = store(OpenTopic(chat.id, "gold", 40, 0.0))
    assert (row.kind, row.topic) == ("topic", "gold")
    voiced = [refetch(pipeline.sessions, stance).last_voiced_at for stance in (*stances, other)]
    assert voiced == [NOW, None, None]


def test_a_refused_plan_voices_nothing(pipeline, store, bot, chat):
    gold = Stance(bot_id=bot.id, topic="gold", position="up")
    add(pipeline.sessions, gold)
    store(OpenTopic(chat.id, "tea", 40, 0.0))
    store(OpenTopic(chat.id, "gold", 40, 0.0), NOW + dt.timedelta(seconds=1))
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1
    assert refetch(pipeline.sessions, gold).last_voiced_at is None
