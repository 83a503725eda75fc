"""The way of one tick through the services, from due to sent."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.models import LLMRequest, Mention, Message, Utterance
from app.services.delivery import deliver
from app.services.ingest.inbox import ingest, store_updates
from app.services.lanes.generation import generate
from app.services.schedule.dispatch import dispatch_ticks
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message


@pytest.fixture
def talkative(pipeline):
    """Bots that use every turn."""
    write_settings(pipeline.sessions, {"speak_probability": 1.0}, "test", pipeline.clock)


def update(update_id, chat, message_id, text, **extra):
    """A Telegram update with a person's message."""
    return {
        "update_id": update_id,
        "message": {
            "message_id": message_id,
            "date": int(NOW.timestamp()),
            "chat": {"id": chat.telegram_chat_id, "type": "supergroup", "title": chat.title},
            "from": {"id": 555, "first_name": "Grace", "username": "grace"},
            "text": text,
            **extra,
        },
    }


@pytest.mark.usefixtures("talkative")
def test_a_due_bot_says_one_thing_in_its_chat(pipeline):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    assert dispatch_ticks(pipeline.sessions, pipeline.queue, pipeline.clock) == 1
    [tick] = pipeline.queue.ticks
    run_tick(pipeline.tick, tick.bot_id, tick.due_at)
    [(lane, _)] = pipeline.queue.lanes
    generate(pipeline.generation, lane)
    [ready] = fetch(pipeline.sessions, select(Utterance))
    pipeline.clock.time = ready.typing_at
    deliver(pipeline.delivery)
    assert pipeline.telegram.typing == [(bot.token_encrypted.removeprefix("sealed:"), chat.telegram_chat_id)]
    assert pipeline.telegram.sent == []
    pipeline.clock.time = ready.send_at
    deliver(pipeline.delivery)
    deliver(pipeline.delivery)
    [(_, chat_id, text, _)] = pipeline.telegram.sent
    assert chat_id == chat.telegram_chat_id
    [utterance] = fetch(pipeline.sessions, select(Utterance))
    assert (utterance.state, utterance.text) == ("sent", text)
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.bot_id, message.text, message.telegram_message_id) == (bot.id, text, utterance.telegram_message_id)
    [request] = fetch(pipeline.sessions, select(LLMRequest))
    assert (request.outcome, request.prompts, request.answered) == ("answered", 1, 1)


@pytest.mark.usefixtures("talkative")
def test_the_same_tick_run_twice_speaks_once(pipeline):
    bot = make_bot(pipeline.sessions)
    make_chat(pipeline.sessions, bot)
    for _ in range(2):
        run_tick(pipeline.tick, bot.id, NOW)
        generate(pipeline.generation, "chat.ambient")
        pipeline.clock.pass_seconds(30)
        deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


@pytest.mark.usefixtures("talkative")
def test_a_chat_hears_one_unasked_voice_at_a_time(pipeline):
    bots = [make_bot(pipeline.sessions, name) for name in ("Ada", "Bob", "Cem")]
    make_chat(pipeline.sessions, *bots)
    for bot in bots:
        run_tick(pipeline.tick, bot.id, NOW)
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1


@pytest.mark.usefixtures("talkative")
def test_prompts_of_many_chats_ride_in_one_request(pipeline):
    for number in range(12):
        bot = make_bot(pipeline.sessions, f"Bot{number}")
        make_chat(pipeline.sessions, bot, title=f"Chat {number}")
        run_tick(pipeline.tick, bot.id, NOW)
    generate(pipeline.generation, "chat.ambient")
    [items] = pipeline.llm.requests
    assert {item["chat"]["title"] for item in items} == {f"Chat {number}" for number in range(12)}
    texts = fetch(pipeline.sessions, select(Utterance.text).where(Utterance.state == "ready"))
    assert len(set(texts)) == 12


def test_a_person_who_names_a_bot_is_answered_as_a_reply(pipeline):
    bot = make_bot(pipeline.sessions, "Ada")
    other = make_bot(pipeline.sessions, "Bob")
    chat = make_chat(pipeline.sessions, bot, other)
    for listener in (bot, other):
        store_updates(pipeline.ingest, listener.id, [update(10, chat, 42, "Ada, what about rates?")])
    ingest(pipeline.ingest)
    [tick] = pipeline.queue.urgent
    assert tick.bot_id == bot.id
    run_tick(pipeline.tick, tick.bot_id, tick.due_at, tick.mention_id)
    generate(pipeline.generation, "chat.interactive")
    pipeline.clock.pass_seconds(15)
    deliver(pipeline.delivery)
    [(_, _, _, reply_to)] = pipeline.telegram.sent
    assert reply_to == 42
    assert fetch(pipeline.sessions, select(Mention.status)) == ["answered"]
    [task] = [item["task"] for item in pipeline.llm.requests[0]]
    assert task["target"]["text"] == "Ada, what about rates?"


@pytest.mark.usefixtures("talkative")
def test_an_answer_to_a_person_takes_the_place_of_unasked_words(pipeline):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    run_tick(pipeline.tick, bot.id, NOW)
    generate(pipeline.generation, "chat.ambient")
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    run_tick(pipeline.tick, bot.id, NOW + dt.timedelta(seconds=1), mention.id)
    states = fetch(pipeline.sessions, select(Utterance.state).order_by(Utterance.id))
    assert states == ["discarded", "planned"]
    reasons = fetch(pipeline.sessions, select(Utterance.reason).order_by(Utterance.id))
    assert reasons[0] == "superseded"


def test_a_mention_has_one_answer_however_often_its_tick_comes(pipeline):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    for second in range(3):
        run_tick(pipeline.tick, bot.id, NOW + dt.timedelta(seconds=second), mention.id)
        generate(pipeline.generation, "chat.interactive")
        pipeline.clock.pass_seconds(20)
        deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1
