"""What messages tell is stored with them and reaches the engine, for people's messages and for our bots' own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.money import Budgets
from app.models import Message
from app.repositories.schedule import tick_context
from app.services.delivery import deliver
from app.services.ingest.inbox import ingest, store_updates
from tests.builders import fetch, make_bot, make_chat, make_update, make_utterance
from tests.integration.pipeline.test_query_count import counted


@pytest.fixture
def bot(pipeline):
    return make_bot(pipeline.sessions, topics=["interest rates"], watchlist=["GARAN"], language="tr")


@pytest.fixture
def chat(pipeline, bot):
    return make_chat(pipeline.sessions, bot, topics=["altın"])


def receive(pipeline, bot, *updates):
    store_updates(pipeline.ingest, bot.id, updates)
    ingest(pipeline.ingest)


def facts(message):
    return (message.language, message.is_question, message.asks_opinion, message.symbols, message.topics)


def test_a_persons_message_is_read_in_the_words_of_its_chat_and_of_the_bots_there(pipeline, bot, chat):
    english = make_update(1, chat, 41, "I love this interest rate cut, any thoughts on garan?")
    turkish = make_update(2, chat, 42, "altının fiyatı düşüyor, ne yapalım")
    receive(pipeline, bot, english, turkish, make_update(3, chat, 43, "ok"))
    first, second, third = fetch(pipeline.sessions, select(Message).order_by(Message.id))
    assert facts(first) == ("en", True, True, ["GARAN"], ["interest rates"])
    assert first.sentiment > 0.3
    assert facts(second)[0:1] + facts(second)[3:] == ("tr", [], ["altın"])
    assert (facts(third), second.sentiment, third.sentiment) == ((None, False, False, [], []), None, None)


def test_an_edit_is_read_again(pipeline, bot, chat):
    receive(pipeline, bot, make_update(1, chat, 41, "altın alınır mı sizce"))
    edited = make_update(2, chat, 41, "I hate these interest rates")["message"]
    receive(pipeline, bot, {"update_id": 2, "edited_message": edited})
    [message] = fetch(pipeline.sessions, select(Message))
    assert facts(message) == ("en", False, False, [], ["interest rates"])
    assert message.sentiment < 0


def test_what_our_bots_say_is_read_too(pipeline, bot, chat):
    make_utterance(pipeline.sessions, bot, chat, text="What do you all think of $AAPL these days?", topic="chips")
    deliver(pipeline.delivery)
    [message] = fetch(pipeline.sessions, select(Message))
    assert facts(message) == ("en", True, True, ["AAPL"], ["chips"])


def test_the_engine_gets_it_all_in_the_one_statement_of_a_tick(pipeline, bot, chat, committed_db):
    receive(pipeline, bot, make_update(1, chat, 41, f"@{bot.username} I love interest rates, should I buy GARAN?"))
    with counted(committed_db) as statements, pipeline.sessions() as session:
        row = tick_context.load(session, bot.id, pipeline.clock.now(), Budgets(0, 0, 0))
    assert len(statements) == 1
    [message] = fetch(pipeline.sessions, select(Message))
    for view in (row.chats[0].messages[0], row.mentions[0].message):
        assert view.author_id == message.person_id
        assert (view.language, view.asks_opinion) == ("en", True)
        assert (view.symbols, view.topics, view.sentiment) == (("GARAN",), ("interest rates",), message.sentiment)
