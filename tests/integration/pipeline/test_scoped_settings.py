"""What a chat or a bot overrides is what the pipeline keeps to."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import pytest
from sqlalchemy import select

from app.domain.settings.book import Scope
from app.models import Mention
from app.services.delivery import deliver
from app.services.ingest.inbox import ingest, store_updates
from app.services.lanes.generation import AMBIENT, generate
from app.services.schedule.sweeping import sweep
from app.services.schedule.tick import gather
from app.services.settings.values import write_settings
from tests.builders import NOW, fetch, make_bot, make_chat, make_update, make_utterance, refetch

LONG = [
    " ".join(itertools.islice(itertools.cycle(words.split()), 60)) for words in ("rates rose today", "gold is quiet")
]


@pytest.fixture
def override(pipeline):
    """Sets values for the chat or the bot that a row is."""

    def write(row, **values):
        write_settings(pipeline.sessions, values, "test", pipeline.clock, Scope(row.__tablename__[:-1], row.id))

    return write


def test_a_tick_sees_the_bots_settings_and_in_each_chat_those_that_apply_there(pipeline, override, bot, chat):
    other = make_chat(pipeline.sessions, bot, title="Birds")
    override(bot, reply_horizon_s=50, max_words=9)
    override(chat, chat_gap_s=99, max_words=20)
    context = gather(pipeline.tick, bot.id, NOW, pipeline.settings.book(), None)
    seen = {view.id: view.settings for view in context.chats}
    assert (context.settings.reply_horizon_s, context.settings.chat_gap_s) == (50, 10)
    assert (seen[chat.id].reply_horizon_s, seen[chat.id].chat_gap_s, seen[chat.id].max_words) == (50, 99, 9)
    assert (seen[other.id].chat_gap_s, seen[other.id].max_words) == (10, 9)


def test_messages_are_as_long_and_typed_as_long_as_bot_and_chat_allow(pipeline, override, bot, chat):
    quick = make_bot(pipeline.sessions, "Bruno")
    elsewhere = make_chat(pipeline.sessions, quick, title="Birds")
    override(chat, max_words=20, typing_max_s=3)
    override(quick, max_words=5, typing_max_s=1)
    slow = make_utterance(pipeline.sessions, bot, chat, "planned")
    short = make_utterance(pipeline.sessions, quick, elsewhere, "planned")
    pipeline.llm.answer = lambda items: json.dumps(
        {"items": [{"id": i["id"], "text": f"{i['utterance']} {LONG[n]}"} for n, i in enumerate(items)]}
    )

    generate(pipeline.generation, AMBIENT)

    rows = [refetch(pipeline.sessions, row) for row in (slow, short)]
    assert [len(row.text.split()) for row in rows] == [30, 7], "half as long again is let through"
    assert [(row.send_at - row.typing_at).total_seconds() for row in rows] == [3, 1]


def test_a_chats_own_limit_of_messages_holds_in_that_chat(pipeline, override, bot, chat):
    other_bot = make_bot(pipeline.sessions, "Bruno")
    other = make_chat(pipeline.sessions, other_bot, title="Birds")
    override(chat, chat_messages_per_min=3)
    make_utterance(pipeline.sessions, bot, chat)
    deliver(pipeline.delivery)
    make_utterance(pipeline.sessions, other_bot, other)
    deliver(pipeline.delivery)
    assert [most for _, most in pipeline.flood.taken] == [3, 0]


def test_a_mention_waits_as_long_as_its_bot_and_its_chat_allow(pipeline, override, chat, bot):
    patient = make_bot(pipeline.sessions, "Bruno")
    elsewhere = make_chat(pipeline.sessions, patient, title="Birds")
    override(chat, mention_patience_s=60)
    override(patient, mention_patience_s=900)
    for number, (one, place) in enumerate(((bot, chat), (patient, elsewhere))):
        update = make_update(number, place, 42 + number, f"@{one.username} hello?")
        store_updates(pipeline.ingest, one.id, [update])
    ingest(pipeline.ingest)
    mentions = fetch(pipeline.sessions, select(Mention).order_by(Mention.bot_id))
    assert [(row.expires_at - NOW).total_seconds() for row in mentions] == [60, 900]


@pytest.mark.parametrize(("urgency", "key"), [("ambient", "ambient_patience_s"), ("interactive", "mention_patience_s")])
def test_what_waited_too_long_for_its_bot_its_chat_or_the_fleet_is_dropped(pipeline, override, urgency, key):
    def plan(own_of_bot, own_of_chat):
        bot = make_bot(pipeline.sessions)
        chat = make_chat(pipeline.sessions, bot)
        for row, seconds in ((bot, own_of_bot), (chat, own_of_chat)):
            if seconds:
                override(row, **{key: seconds})
        planned_at = NOW - dt.timedelta(seconds=100)
        return make_utterance(pipeline.sessions, bot, chat, "planned", urgency=urgency, planned_at=planned_at)

    rows = [plan(None, None), plan(30, None), plan(None, 60), plan(3000, 60), plan(30, 3000)]
    sweep(pipeline.sweeping)
    found = [refetch(pipeline.sessions, row) for row in rows]
    assert [row.state for row in found] == ["planned", "discarded", "discarded", "planned", "discarded"]
    assert [row.reason for row in found] == [None, "stale", "stale", None, "stale"]
