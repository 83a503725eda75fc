"""A bot says one thing at a time, a chat hears its messages in order."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.domain.errors import RetryAfter
from app.domain.ports import Grant
from app.models import Message, Utterance
from app.services.delivery import deliver
from app.services.schedule.tick import run_tick
from tests.builders import (
    NOW,
    fetch,
    make_bot,
    make_chat,
    make_mention,
    make_message,
    make_utterance,
    refetch,
)


def later(seconds):
    return NOW + dt.timedelta(seconds=seconds)


def answers(pipeline, chat, *bots, **fields):
    """A ready answer of each bot in `chat`, a tenth of a second apart."""
    return [
        make_utterance(
            pipeline.sessions, bot, chat, urgency="interactive", send_at=later(number / 10), text=f"Text {number}"
        )
        for number, bot in enumerate(bots)
    ]


def texts(pipeline):
    return [text for _, _, text, _ in pipeline.telegram.sent]


def test_texts_of_one_chat_leave_in_the_order_they_are_due(pipeline):
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob", "Cem")]
    chat = make_chat(pipeline.sessions, *bots)
    answers(pipeline, chat, *reversed(bots))
    pipeline.clock.pass_seconds(1)
    for _ in range(3):
        deliver(pipeline.delivery)
    assert texts(pipeline) == ["Text 0", "Text 1", "Text 2"]
    said = fetch(pipeline.sessions, select(Message).order_by(Message.telegram_message_id))
    assert [message.text for message in said] == texts(pipeline)


def test_while_one_text_is_being_sent_the_next_of_its_chat_waits(pipeline):
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob")]
    chat = make_chat(pipeline.sessions, *bots)
    _, second = answers(pipeline, chat, *bots)
    pipeline.clock.pass_seconds(1)
    during = []

    def meanwhile():
        if not during:
            during.append(None)
            with pipeline.sessions.begin() as session:
                session.merge(second).lease_until = None
            deliver(pipeline.delivery)
            during[:] = [refetch(pipeline.sessions, second).state, texts(pipeline)]

    pipeline.telegram.before_send = meanwhile
    deliver(pipeline.delivery)
    assert during == ["ready", []]
    pipeline.clock.pass_seconds(1)
    deliver(pipeline.delivery)
    assert texts(pipeline) == ["Text 0", "Text 1"]


def test_other_chats_do_not_wait(pipeline):
    ada, bob = make_bot(pipeline.sessions, "Ada"), make_bot(pipeline.sessions, "Bob")
    make_utterance(pipeline.sessions, ada, make_chat(pipeline.sessions, ada), "sending", lease_until=later(30))
    make_utterance(pipeline.sessions, bob, make_chat(pipeline.sessions, bob))
    deliver(pipeline.delivery)
    assert texts(pipeline) == ["Text of Bob"]


def test_a_text_that_must_wait_for_the_flood_limit_keeps_its_place_and_is_not_lost(pipeline):
    bot = make_bot(pipeline.sessions)
    waiting = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))
    pipeline.flood.grants = [Grant(False, 3.0)]
    deliver(pipeline.delivery)
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, waiting)
    assert (row.state, row.available_at, row.lease_until) == ("ready", later(3), None)
    pipeline.clock.pass_seconds(3)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_after_a_429_the_text_waits_exactly_as_long_as_telegram_said(pipeline):
    bot = make_bot(pipeline.sessions)
    waiting = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))
    pipeline.telegram.errors = [RetryAfter(17)]
    deliver(pipeline.delivery)
    assert refetch(pipeline.sessions, waiting).available_at == later(17)
    assert pipeline.flood.rests == [17]
    pipeline.clock.pass_seconds(16.9)
    deliver(pipeline.delivery)
    assert texts(pipeline) == []
    pipeline.clock.pass_seconds(0.2)
    deliver(pipeline.delivery)
    assert len(texts(pipeline)) == 1


def test_a_bot_with_something_under_way_plans_nothing_else_in_any_chat(pipeline):
    bot = make_bot(pipeline.sessions)
    here, there = make_chat(pipeline.sessions, bot), make_chat(pipeline.sessions, bot, title="Elsewhere")
    make_utterance(pipeline.sessions, bot, here, "planned", urgency="interactive")
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, there, "Ada?"))
    run_tick(pipeline.tick, bot.id, NOW, mention.id)
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1


def test_answers_to_people_do_not_need_the_floor(pipeline):
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob", "Cem")]
    chat = make_chat(pipeline.sessions, *bots)
    make_utterance(pipeline.sessions, bots[0], chat, "planned")
    for bot in bots[1:]:
        mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, f"{bot.display_name}?"))
        run_tick(pipeline.tick, bot.id, NOW, mention.id)
    assert len(fetch(pipeline.sessions, select(Utterance).where(Utterance.state == "planned"))) == 3


def test_a_finished_message_frees_the_floor(pipeline):
    ada, bob = make_bot(pipeline.sessions, "Ada"), make_bot(pipeline.sessions, "Bob")
    chat = make_chat(pipeline.sessions, ada, bob)
    for state in ("sent", "failed", "discarded", "unknown"):
        make_utterance(pipeline.sessions, ada, chat, state)
    make_utterance(pipeline.sessions, bob, chat)
    deliver(pipeline.delivery)
    assert texts(pipeline) == ["Text of Bob"]
