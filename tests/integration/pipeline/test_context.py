"""The tick's one query tells the engine all that it decides by."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.behaviour.tick import VoicedStance
from app.domain.conversation.views import ReactionView
from app.domain.fleet.hours import parse_windows
from app.models import Membership, Stance
from app.services.schedule.tick import gather
from tests.builders import NOW, add, make_bot, make_chat, make_mention, make_message, make_utterance


def ago(**span):
    return NOW - dt.timedelta(**span)


@pytest.fixture
def read(pipeline):
    """What the engine is given for a bot."""

    def read(bot):
        return gather(pipeline.tick, bot.id, NOW, pipeline.tick.settings.book(), None)

    return read


def said(pipeline, bot, chat, at, **fields):
    """An utterance that was sent at `at`."""
    return make_utterance(pipeline.sessions, bot, chat, "sent", planned_at=at, finished_at=at, **fields)


def test_a_persona_comes_with_its_hours_its_feelings_and_its_lengths(pipeline, read):
    bot = make_bot(
        pipeline.sessions,
        active=["09:00-17:00", "22:00-02:00"],
        prime=["10:00-11:00"],
        emotion={"energy": 0.9, "emoji": ["🎉"]},
        length={"short": 1, "medium": 2, "long": 3},
    )
    profile = read(bot).bot
    assert profile.active == parse_windows("active", ["9-17", "22-2"])
    assert profile.prime == parse_windows("prime", ["10-11"])
    assert (profile.emotion.energy, profile.emotion.empathy, profile.emotion.emoji) == (0.9, 0.5, ("🎉",))
    assert (profile.length.short, profile.length.medium, profile.length.long) == (1.0, 2.0, 3.0)


def test_what_the_bot_said_is_counted_over_an_hour_and_a_day_reactions_apart(pipeline, read):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    for minutes in (5, 59, 61, 23 * 60 + 59, 24 * 60 + 1):
        said(pipeline, bot, chat, ago(minutes=minutes), topic=f"topic {minutes}")
    said(pipeline, bot, chat, ago(minutes=7), kind="reaction", emoji="👍", topic=None)
    said(pipeline, bot, chat, ago(minutes=62), kind="reaction", emoji="👍", topic=None)
    make_utterance(pipeline.sessions, bot, chat, "failed", finished_at=NOW)
    context = read(bot)
    assert (context.said_last_hour, context.said_last_day, context.reacted_last_hour) == (2, 4, 1)
    assert context.own_topics == ("topic 5", "topic 59", "topic 61", "topic 1439")


def test_a_message_that_may_or_may_not_have_arrived_counts_as_said(pipeline, read):
    bot = make_bot(pipeline.sessions)
    make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "unknown", finished_at=ago(minutes=1))
    assert read(bot).said_last_hour == 1


def test_stances_tell_their_cooldown_and_when_they_were_voiced(pipeline, read):
    bot = make_bot(pipeline.sessions)
    gold = Stance(bot_id=bot.id, topic="gold", position="up", cooldown_s=60, last_voiced_at=ago(minutes=3))
    add(pipeline.sessions, gold, Stance(bot_id=bot.id, topic="tea", position="green"))
    context = read(bot)
    assert [(stance.topic, stance.cooldown_s) for stance in context.bot.stances] == [("gold", 60), ("tea", 3600)]
    assert context.voiced == (VoicedStance("gold", ago(minutes=3)),)


def test_a_chat_tells_its_hours_its_bots_its_last_topic_and_the_reactions_of_the_last_hour(pipeline, read):
    bot, other, third = (make_bot(pipeline.sessions, name) for name in ("Ada", "Bob", "Cy"))
    chat = make_chat(pipeline.sessions, bot, other, third, timezone="Europe/Istanbul", quiet=["23:00-07:00"])
    target = make_message(pipeline.sessions, chat, "Good news")
    reaction = {"kind": "reaction", "emoji": "👍", "topic": None, "target_message_id": target.id}
    said(pipeline, other, chat, ago(minutes=9))
    said(pipeline, other, chat, ago(minutes=5), kind="reply", topic=None)
    said(pipeline, third, chat, ago(minutes=4), **reaction)
    said(pipeline, bot, chat, ago(minutes=61), **reaction)
    context = read(bot)
    [view] = context.chats
    assert (view.timezone, view.quiet) == ("Europe/Istanbul", parse_windows("quiet", ["23-7"]))
    assert view.bots == 3
    assert view.last_topic_at == ago(minutes=9)
    assert view.last_ambient_at == ago(minutes=5)
    assert view.reactions == (ReactionView(target.id, third.id),)
    assert view.settings == context.settings


def test_chats_that_are_closed_for_the_bot_are_told_without_their_messages(pipeline, read):
    bot = make_bot(pipeline.sessions)
    paused = make_chat(pipeline.sessions, bot, status="paused")
    muted, left = make_chat(pipeline.sessions), make_chat(pipeline.sessions)
    rest_until = NOW + dt.timedelta(seconds=30)
    add(pipeline.sessions, Membership(bot_id=bot.id, chat_id=muted.id, status="muted", rate_limited_until=rest_until))
    add(pipeline.sessions, Membership(bot_id=bot.id, chat_id=left.id, status="left"))
    for chat in (paused, muted):
        make_message(pipeline.sessions, chat, "hello")
    views = read(bot).chats
    assert [(view.id, view.status, view.membership) for view in views] == [
        (paused.id, "paused", "active"),
        (muted.id, "enabled", "muted"),
    ]
    assert [view.rests_until for view in views] == [None, rest_until]
    assert [view.messages for view in views] == [(), ()]


def test_what_the_bot_answers_and_what_waits_for_it_is_taken_up(pipeline, read):
    bot, other = make_bot(pipeline.sessions), make_bot(pipeline.sessions, "Bruno")
    chat = make_chat(pipeline.sessions, bot, other)
    asked, unsure, refused, theirs, free = (make_message(pipeline.sessions, chat, f"Line {n}?") for n in range(5))
    make_mention(pipeline.sessions, bot, asked)
    make_utterance(pipeline.sessions, bot, chat, "unknown", target_message_id=unsure.id)
    make_utterance(pipeline.sessions, bot, chat, "discarded", target_message_id=refused.id)
    make_utterance(pipeline.sessions, other, chat, "sent", target_message_id=theirs.id)
    assert read(bot).chats[0].taken == {asked.id, unsure.id}
    assert free.id not in read(other).chats[0].taken
