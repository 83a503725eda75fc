"""The hot path's statements are counted, so that nobody adds one unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select

from app.domain.settings.book import Scope
from app.models import Feed, Headline, Utterance
from app.services.feeds.headlines import HeadlineReader
from app.services.schedule.dispatch import dispatch_ticks
from app.services.schedule.tick import gather, run_tick
from app.services.settings.values import SettingsReader, write_settings
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_mention, make_message
from tests.fakes import MemoryCache


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that run inside the block."""
    statements: list[str] = []

    def note(connection, cursor, statement, *rest):
        statements.append(" ".join(statement.split())[:60])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def warm(pipeline):
    """A tick's ports with the profile and the settings in their caches."""

    def build(bot, probability):
        write_settings(pipeline.sessions, {"speak_probability": probability}, "test", pipeline.clock)
        ports = replace(pipeline.tick, settings=SettingsReader(pipeline.sessions, ttl_s=60), cache=MemoryCache())
        run_tick(replace(ports, settings=SettingsReader(pipeline.sessions)), bot.id, NOW)
        ports.settings.read()
        return ports

    return build


def test_a_silent_tick_costs_one_statement_and_writes_no_row(pipeline, committed_db, warm):
    bot = make_bot(pipeline.sessions)
    for number in range(3):
        chat = make_chat(pipeline.sessions, bot, title=f"Chat {number}")
        make_mention(pipeline.sessions, make_bot(pipeline.sessions), make_message(pipeline.sessions, chat, "hi"))
    ports = warm(bot, 0.0)
    with counted(committed_db) as statements:
        run_tick(ports, bot.id, NOW)
    assert len(statements) == 1, statements
    assert fetch(pipeline.sessions, select(Utterance)) == []
    assert pipeline.queue.lanes == []


def test_a_tick_that_speaks_costs_two(pipeline, committed_db, warm):
    bot = make_bot(pipeline.sessions)
    make_chat(pipeline.sessions, bot)
    ports = warm(bot, 0.0)
    write_settings(pipeline.sessions, {"speak_probability": 1.0}, "test", pipeline.clock)
    ports.settings.forget()
    ports.settings.read()
    with counted(committed_db) as statements:
        run_tick(ports, bot.id, NOW)
    assert len(statements) == 2, statements
    assert len(fetch(pipeline.sessions, select(Utterance))) == 1


def test_news_and_own_settings_cost_a_tick_no_statement(pipeline, committed_db, warm):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    add(pipeline.sessions, Feed(url="https://a/", fleet_wide=True))
    [feed] = fetch(pipeline.sessions, select(Feed))
    add(pipeline.sessions, Headline(feed_id=feed.id, guid="1", title="Storks are early", published_at=NOW))
    write_settings(pipeline.sessions, {"max_words": 9}, "test", pipeline.clock, Scope("bot", bot.id))
    news = HeadlineReader(pipeline.sessions, pipeline.settings, pipeline.clock)
    ports = replace(warm(bot, 0.0), headlines=news)
    run_tick(ports, bot.id, NOW)
    with counted(committed_db) as statements:
        context = gather(ports, bot.id, NOW, ports.settings.book(), None)
    assert len(statements) == 1, statements
    assert context.chats[0].headlines == news.of(chat.id) == ("Storks are early",)
    assert context.chats[0].settings.max_words == 9


def test_the_dispatcher_looks_whether_it_was_away_and_claims_all_bots_in_one_statement(pipeline, committed_db):
    dispatch_ticks(pipeline.sessions, pipeline.queue, pipeline.clock)
    for number in range(20):
        make_bot(pipeline.sessions, f"Bot{number}")
    with counted(committed_db) as statements:
        assert dispatch_ticks(pipeline.sessions, pipeline.queue, pipeline.clock) == 20
    assert len(statements) == 2, statements
