"""What settles a send of which nobody knows: a sight of the message, or an operator."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import InvalidInput, NotFound, OutcomeUnknown
from app.models import Mention, Message
from app.repositories.utterances import outcomes
from app.services.delivery import deliver
from app.services.schedule.sweeping import sweep
from app.services.utterances import unknown_sends as service
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance, refetch


@pytest.fixture
def lost(pipeline, bot, chat):
    """A text whose send was never answered."""
    utterance = make_utterance(pipeline.sessions, bot, chat, text="Rates rose.\nAgain?")
    pipeline.telegram.errors = [OutcomeUnknown("no answer")]
    deliver(pipeline.delivery)
    return utterance


def see(pipeline, chat, bot, text="Rates rose.\nAgain?", message_id=77):
    """One of our bots' messages is seen in its chat."""
    with pipeline.sessions.begin() as session:
        return outcomes.settle_unknown(
            session, chat.telegram_chat_id, message_id, bot.id, text, NOW + dt.timedelta(hours=1)
        )


def test_a_message_that_is_seen_was_delivered(pipeline, bot, chat, lost):
    assert see(pipeline, chat, bot, " Rates rose.\nAgain?\n") == lost.id
    row = refetch(pipeline.sessions, lost)
    assert (row.state, row.reason, row.telegram_message_id) == ("sent", None, 77)
    [message] = fetch(pipeline.sessions, select(Message))
    assert (message.bot_id, message.telegram_message_id, message.is_question) == (bot.id, 77, True)


def test_a_second_sight_of_the_same_message_settles_nothing_more(pipeline, bot, chat, lost):
    earlier = make_utterance(
        pipeline.sessions, bot, chat, "unknown", text=lost.text, send_at=NOW - dt.timedelta(days=1)
    )
    assert see(pipeline, chat, bot) == lost.id
    assert see(pipeline, chat, bot) is None
    assert refetch(pipeline.sessions, earlier).state == "unknown"
    assert see(pipeline, chat, bot, message_id=78) == earlier.id


@pytest.mark.parametrize("other", ["text", "bot", "chat"])
def test_other_words_bots_and_chats_settle_nothing(pipeline, bot, chat, lost, other):
    stranger = make_bot(pipeline.sessions, "Bob")
    elsewhere = make_chat(pipeline.sessions, bot)
    seen = {
        "text": (chat, bot, "Rates fell."),
        "bot": (chat, stranger, "Rates rose.\nAgain?"),
        "chat": (elsewhere, bot, "Rates rose.\nAgain?"),
    }[other]
    assert see(pipeline, *seen) is None
    assert refetch(pipeline.sessions, lost).state == "unknown"


def test_an_echo_that_comes_before_the_answer_counts_once(pipeline, bot, chat):
    utterance = make_utterance(pipeline.sessions, bot, chat)
    seen = []
    pipeline.telegram.before_send = lambda: seen.append(see(pipeline, chat, bot, utterance.text, 100_001))
    deliver(pipeline.delivery)
    assert seen == [utterance.id]
    assert refetch(pipeline.sessions, utterance).state == "sent"
    assert len(fetch(pipeline.sessions, select(Message))) == 1


def test_a_sight_answers_the_mention_too(pipeline, bot, chat):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    make_utterance(pipeline.sessions, bot, chat, "unknown", urgency="interactive", mention_id=mention.id, text="Yes.")
    assert see(pipeline, chat, bot, "Yes.") is not None
    assert refetch(pipeline.sessions, mention).status == "answered"


def test_what_is_unknown_is_listed_with_its_words_and_reason(pipeline, bot, chat, lost):
    sends = service.list_unknown(pipeline.sessions)
    assert [(send.id, send.text, send.reason) for send in sends.items] == [
        (lost.id, "Rates rose.\nAgain?", "no_answer_from_telegram")
    ]
    assert sends.total == 1


def test_an_operator_sends_it_again_and_the_trace_tells_who(pipeline, lost):
    pipeline.clock.pass_seconds(3600)
    service.resend(pipeline.sessions, lost.id, "deniz", pipeline.clock)
    sweep(pipeline.sweeping)
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, lost)
    assert (row.state, len(pipeline.telegram.sent)) == ("sent", 1)
    assert row.notes[-1]["rule"] == "resent by deniz"
    with pytest.raises(NotFound):
        service.resend(pipeline.sessions, lost.id, "deniz", pipeline.clock)


def test_while_the_bot_says_something_else_nothing_is_sent_again(pipeline, bot, chat, lost):
    make_utterance(pipeline.sessions, bot, chat, "planned")
    with pytest.raises(InvalidInput):
        service.resend(pipeline.sessions, lost.id, "deniz", pipeline.clock)
    assert refetch(pipeline.sessions, lost).state == "unknown"


def test_what_is_dismissed_is_never_sent_nor_its_mention_answered_anew(pipeline, bot, chat):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    lost = make_utterance(pipeline.sessions, bot, chat, "unknown", urgency="interactive", mention_id=mention.id)
    service.dismiss(pipeline.sessions, lost.id, "deniz")
    row = refetch(pipeline.sessions, lost)
    assert (row.state, row.reason) == ("failed", "dismissed")
    assert row.notes[-1]["rule"] == "dismissed by deniz"
    assert [(m.status, m.reason) for m in fetch(pipeline.sessions, select(Mention))] == [("expired", "dismissed")]
    pipeline.clock.pass_seconds(60)
    sweep(pipeline.sweeping)
    deliver(pipeline.delivery)
    assert (pipeline.telegram.sent, pipeline.queue.urgent) == ([], [])
    with pytest.raises(NotFound):
        service.dismiss(pipeline.sessions, lost.id, "deniz")
