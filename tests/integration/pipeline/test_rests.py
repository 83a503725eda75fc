"""Where Telegram refuses for good what a bot sends, the bot rests: no model is paid, and it is tried again later."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.delivery.emoji import plain_emoji
from app.domain.errors import BadRequest, ChatRefused, Forbidden, ReactionInvalid, RetryAfter, TargetGone, TopicRefused
from app.models import Membership, Message, Rest, Utterance
from app.repositories.ingest import store
from app.services.delivery import deliver
from app.services.fleet.rests import list_rests, try_now
from app.services.schedule.tick import gather, run_tick
from app.services.settings.values import write_settings
from tests.builders import end, fetch, make_bot, make_mention, make_message, make_utterance

CLOSED = TopicRefused("Bad Request: TOPIC_CLOSED")
PAID = ChatRefused("Forbidden: CHAT_GUEST_SEND_FORBIDDEN")
ODD = BadRequest("Bad Request: SOMETHING_NEW")


@pytest.fixture(autouse=True)
def eager(pipeline):
    """Every turn is used, whoever talks."""
    sure = {"speak_probability": 1.0, "talk_backoff": 0.0, "cooldown_s": 0, "chat_gap_s": 0, "idle_floor": 1.0}
    write_settings(pipeline.sessions, {**sure, "people_share": 0.0}, "test", pipeline.clock)


@pytest.fixture
def said(pipeline, chat):
    """Makes a person's message, in a topic where one is named."""

    def make(thread_id=None, text="What now, Ada?"):
        message = make_message(pipeline.sessions, chat, text, pipeline.clock.now())
        with pipeline.sessions.begin() as session:
            session.get(Message, message.id).thread_id = thread_id
        return message

    return make


@pytest.fixture
def fail(pipeline, bot, chat, said):
    """Lets so many texts to a topic be refused."""

    def make(error, times=3, thread_id=None, **fields):
        for _ in range(times):
            pipeline.telegram.errors = [error]
            now = pipeline.clock.now()
            fields = {"target_message_id": said(thread_id).id, "send_at": now, "available_at": now, **fields}
            make_utterance(pipeline.sessions, bot, chat, planned_at=now, **fields)
            deliver(pipeline.delivery)
            pipeline.clock.pass_seconds(1)
        assert pipeline.telegram.errors == []

    return make


def turn(pipeline, bot, mention=None):
    """A turn of the bot: why it is silent, or "planned"; what it planned is taken back."""
    before = len(pipeline.silence.ticks)
    now = pipeline.clock.pass_seconds(1) or pipeline.clock.now()
    run_tick(pipeline.tick, bot.id, now + dt.timedelta(microseconds=1), mention.id if mention else None)
    if len(pipeline.silence.ticks) > before:
        return pipeline.silence.ticks[0][1].reason
    [plan] = fetch(pipeline.sessions, select(Utterance).where(Utterance.state == "planned"))
    end(pipeline.sessions, plan, "discarded")
    return "planned"


@pytest.mark.parametrize("error", [CLOSED, PAID, ODD, Forbidden("Forbidden: NEW_REASON")], ids=str)
def test_after_three_refusals_in_a_row_no_plan_is_made_for_the_place_not_even_for_a_person(
    pipeline, bot, fail, said, error
):
    fail(error, 2)
    assert turn(pipeline, bot) == "planned"
    fail(error, 1)
    mention = make_mention(pipeline.sessions, bot, said(), pipeline.clock.now())
    assert turn(pipeline, bot) == "resting_here"
    assert turn(pipeline, bot, mention) == "resting_here"
    [rest] = list_rests(pipeline.sessions, pipeline.clock, bot_id=bot.id)
    assert (rest.reason, rest.failures) == (str(error), 3)
    assert rest.place == ("the whole chat" if error is PAID else "messages outside of topics")
    assert fetch(pipeline.sessions, select(Membership.status)) == ["active"]


def test_a_closed_topic_rests_and_the_rest_of_the_chat_goes_on(pipeline, bot, fail, said):
    fail(CLOSED, thread_id=5)
    there, elsewhere = said(5), said(6)
    now = pipeline.clock.now()
    closed, open_ = (make_mention(pipeline.sessions, bot, message, now) for message in (there, elsewhere))
    assert turn(pipeline, bot, closed) == "planned"  # of the other one
    with pipeline.sessions.begin() as session:
        session.delete(session.merge(open_))
    assert turn(pipeline, bot, closed) == "resting_here"
    context = gather(pipeline.tick, bot.id, now, pipeline.tick.settings.book(), None)
    heard = {message.id for message in context.chats[0].messages}
    assert (elsewhere.id in heard, there.id in heard) == (True, False)


def test_a_text_that_arrives_ends_the_count_and_so_does_a_change_of_rights(pipeline, bot, chat, fail):
    fail(ODD, 2)
    pipeline.clock.pass_seconds(60)
    make_utterance(pipeline.sessions, bot, chat)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1
    assert fetch(pipeline.sessions, select(Rest.id)) == []
    fail(PAID, 3)
    with pipeline.sessions.begin() as session:
        store.set_membership(session, bot.id, chat.telegram_chat_id, chat.title, "active", None, True)
    assert turn(pipeline, bot) == "planned"


def test_a_place_is_tried_again_after_growing_delays_or_by_hand(pipeline, bot, fail):
    fail(ODD)
    for hours in (0.25, 1, 6, 24, 24):
        [rest] = list_rests(pipeline.sessions, pipeline.clock)
        assert rest.rests_until - rest.failed_at == dt.timedelta(hours=hours)
        pipeline.clock.pass_seconds(hours * 3600 - 5)
        assert turn(pipeline, bot) == "resting_here"
        pipeline.clock.pass_seconds(10)
        assert turn(pipeline, bot) == "planned"
        fail(ODD, 1)
        assert turn(pipeline, bot) == "resting_here"
    [rest] = list_rests(pipeline.sessions, pipeline.clock)
    try_now(pipeline.sessions, pipeline.clock, rest.id, "mira")
    assert list_rests(pipeline.sessions, pipeline.clock) == []
    assert turn(pipeline, bot) == "planned"


def test_a_message_that_is_gone_blames_no_place(pipeline, fail):
    fail(TargetGone("Bad Request: message to be replied not found"), 4)
    assert fetch(pipeline.sessions, select(Rest.id)) == []


def test_a_wait_of_eight_days_is_one_call_and_no_model_is_paid_meanwhile(pipeline, bot, chat, said, fail):
    fail(RetryAfter(700_000), 1)
    calls = []
    pipeline.telegram.before_send = lambda: calls.append("send")
    for hour in range(8 * 24):
        pipeline.clock.pass_seconds(3600)
        deliver(pipeline.delivery)
        if not hour:
            [waiting] = fetch(pipeline.sessions, select(Utterance).where(Utterance.state == "ready"))
            end(pipeline.sessions, waiting, "discarded")
            mention = make_mention(pipeline.sessions, bot, said(), pipeline.clock.now())
            assert turn(pipeline, bot, mention) == "telegram_rest"
            assert turn(pipeline, bot) == "telegram_rest"
    assert (calls, pipeline.telegram.typing) == ([], [])


def react(pipeline, bot, chat, said, emoji, error=None):
    pipeline.telegram.errors = [error] if error else []
    now = pipeline.clock.now()
    fields = {"kind": "reaction", "emoji": emoji, "text": None, "topic": None, "target_message_id": said().id}
    times = {"send_at": now, "available_at": now, "planned_at": now}
    make_utterance(pipeline.sessions, bot, chat, **fields, **times)
    deliver(pipeline.delivery)
    pipeline.clock.pass_seconds(1)


def refused(pipeline, bot):
    book = pipeline.tick.settings.book()
    return gather(pipeline.tick, bot.id, pipeline.clock.now(), book, None).chats[0].refused_emoji


def test_a_refused_emoji_is_not_tried_again_in_its_chat_by_any_bot_until_it_is_taken(pipeline, bot, chat, said):
    other = make_bot(pipeline.sessions, "Bob")
    with pipeline.sessions.begin() as session:
        session.add(Membership(bot_id=other.id, chat_id=chat.id))
    react(pipeline, bot, chat, said, "❤", ReactionInvalid("Bad Request: REACTION_INVALID"))
    assert refused(pipeline, bot) == refused(pipeline, other) == {plain_emoji("❤")}
    assert turn(pipeline, other) == "planned"
    pipeline.clock.pass_seconds(6 * 3600)
    assert refused(pipeline, bot) == set()
    react(pipeline, bot, chat, said, "❤", ReactionInvalid("Bad Request: REACTION_INVALID"))
    pipeline.clock.pass_seconds(23 * 3600)
    assert refused(pipeline, bot) == {"❤"}
    react(pipeline, bot, chat, said, "❤")
    assert fetch(pipeline.sessions, select(Rest.id)) == []


def test_any_other_refusal_lets_all_reactions_of_the_chat_rest_and_texts_go_on(pipeline, bot, chat, said):
    react(pipeline, bot, chat, said, "👍", BadRequest("Bad Request: CHAT_ADMIN_REQUIRED"))
    assert refused(pipeline, bot) == {"*"}
    assert [rest.place for rest in list_rests(pipeline.sessions, pipeline.clock, bot_id=bot.id)] == ["all reactions"]
    assert turn(pipeline, bot) == "planned"
    react(pipeline, bot, chat, said, "👍", TargetGone("Bad Request: message to react not found"))
    context = gather(pipeline.tick, bot.id, pipeline.clock.now(), pipeline.tick.settings.book(), None)
    assert len(context.chats[0].reactions) == 2  # neither message is tried again
