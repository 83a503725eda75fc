"""A reaction goes the way of a text: claimed, handed over once, and its outcome recorded."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import Muted, NotConnected, OutcomeUnknown, ServerError, TargetGone
from app.models import Bot, Membership, Mention, Message
from app.services.delivery import deliver
from app.services.schedule.sweeping import sweep
from tests.builders import NOW, fetch, make_chat, make_mention, make_message, make_utterance, refetch


@pytest.fixture
def target(pipeline, chat):
    return make_message(pipeline.sessions, chat, "Good news")


@pytest.fixture
def react(pipeline, bot, chat, target):
    """Makes a reaction to the target that is ready."""

    def make(**fields):
        base = {"kind": "reaction", "emoji": "👍", "text": None, "topic": None, "target_message_id": target.id}
        return make_utterance(pipeline.sessions, bot, chat, **{**base, **fields})

    return make


def test_a_reaction_lands_on_its_message_without_typing_and_is_no_message_itself(pipeline, react, bot, chat, target):
    reaction = react(send_at=NOW + dt.timedelta(seconds=3))
    deliver(pipeline.delivery)
    assert (pipeline.telegram.typing, pipeline.telegram.reactions) == ([], [])
    pipeline.clock.pass_seconds(3)
    deliver(pipeline.delivery)
    [(_, chat_id, message_id, emoji)] = pipeline.telegram.reactions
    assert (chat_id, message_id, emoji) == (chat.telegram_chat_id, target.telegram_message_id, "👍")
    row = refetch(pipeline.sessions, reaction)
    assert (row.state, row.telegram_message_id, row.lease_until) == ("sent", None, None)
    assert pipeline.telegram.sent == []
    assert fetch(pipeline.sessions, select(Message.id)) == [target.id]
    assert fetch(pipeline.sessions, select(Bot.last_spoke_at)) == [None]


def test_a_reaction_answers_the_mention_it_was_made_for(pipeline, react, bot, target):
    mention = make_mention(pipeline.sessions, bot, target)
    react(urgency="interactive", mention_id=mention.id)
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Mention.status)) == ["answered"]


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (NotConnected("no"), "ready", None),
        (TargetGone("Bad Request: message to react not found"), "failed", "target_gone"),
    ],
)
def test_its_failures_are_those_of_a_text(pipeline, react, error, state, reason):
    reaction = react()
    pipeline.telegram.errors = [error]
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, reaction)
    assert (row.state, row.reason) == (state, reason)


@pytest.mark.parametrize("error", [OutcomeUnknown("no answer"), ServerError("502")])
def test_a_reaction_whose_outcome_is_unknown_is_set_again_but_not_for_ever(pipeline, react, error):
    lucky = react()
    pipeline.telegram.errors = [error, error]
    for _ in range(3):
        deliver(pipeline.delivery)
        pipeline.clock.pass_seconds(3)
    assert (refetch(pipeline.sessions, lucky).state, len(pipeline.telegram.reactions)) == ("sent", 1)
    given_up = react()
    pipeline.telegram.errors = [error] * 9
    for _ in range(9):
        deliver(pipeline.delivery)
        pipeline.clock.pass_seconds(3)
    assert (refetch(pipeline.sessions, given_up).state, len(pipeline.telegram.errors)) == ("unknown", 6)


def test_a_reaction_whose_worker_died_is_unknown_and_not_repeated(pipeline, react):
    reaction = react(state="sending", lease_until=NOW)
    pipeline.clock.pass_seconds(1)
    sweep(pipeline.sweeping)
    deliver(pipeline.delivery)
    assert refetch(pipeline.sessions, reaction).state == "unknown"
    assert pipeline.telegram.reactions == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"emoji": "🦜"}, "reaction_not_allowed"),
        ({"emoji": None}, "reaction_not_allowed"),
        ({"target_message_id": None}, "target_gone"),
    ],
)
def test_what_cannot_be_a_reaction_is_dropped_before_telegram_is_asked(pipeline, react, fields, reason):
    reaction = react(**fields)
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, reaction)
    assert (row.state, row.reason) == ("discarded", reason)
    assert pipeline.telegram.reactions == []


def test_a_bot_that_may_not_write_there_is_muted_in_that_chat_only(pipeline, bot, react):
    make_chat(pipeline.sessions, bot, title="Elsewhere")
    react()
    words = "Bad Request: not enough rights to send text messages to the chat"
    pipeline.telegram.errors = [Muted(words)]
    deliver(pipeline.delivery)
    told = fetch(pipeline.sessions, select(Membership).order_by(Membership.id))
    assert [(row.status, row.status_reason) for row in told] == [("muted", words), ("active", None)]
    assert fetch(pipeline.sessions, select(Bot.status)) == ["active"]
