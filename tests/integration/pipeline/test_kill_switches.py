"""Stop means stop: for the fleet, a bot, a chat, a membership, inside the send path too."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.adapters.telegram import bot_api
from app.models import Bot, Chat, Membership, Utterance
from app.repositories.utterances import delivery
from app.services.delivery import deliver
from app.services.schedule.sweeping import sweep
from app.services.schedule.tick import run_tick
from app.services.settings.values import write_settings
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance, refetch


def set_status(pipeline, kind, status):
    with pipeline.sessions.begin() as session:
        for row in session.scalars(select(kind)):
            row.status = status


def pause_fleet(pipeline):
    write_settings(pipeline.sessions, {"fleet_paused": "on"}, "test", pipeline.clock)


def resume_fleet(pipeline):
    write_settings(pipeline.sessions, {"fleet_paused": "off"}, "test", pipeline.clock)


SWITCHES = {
    "fleet": (pause_fleet, resume_fleet),
    "bot paused": (lambda p: set_status(p, Bot, "paused"), lambda p: set_status(p, Bot, "active")),
    "bot broken": (lambda p: set_status(p, Bot, "broken"), lambda p: set_status(p, Bot, "active")),
    "chat paused": (lambda p: set_status(p, Chat, "paused"), lambda p: set_status(p, Chat, "enabled")),
    "chat new": (lambda p: set_status(p, Chat, "new"), lambda p: set_status(p, Chat, "enabled")),
    "kicked": (lambda p: set_status(p, Membership, "kicked"), lambda p: set_status(p, Membership, "active")),
    "muted": (lambda p: set_status(p, Membership, "muted"), lambda p: set_status(p, Membership, "active")),
    "left": (lambda p: set_status(p, Membership, "left"), lambda p: set_status(p, Membership, "active")),
}


@pytest.fixture(params=SWITCHES)
def switch(request):
    return SWITCHES[request.param]


@pytest.fixture
def ready(pipeline):
    bot = make_bot(pipeline.sessions)
    return make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))


def test_a_ready_text_stops_at_once_and_leaves_after_the_switch_is_back(pipeline, ready, switch):
    stop, resume = switch
    stop(pipeline)
    for _ in range(3):
        deliver(pipeline.delivery)
        pipeline.clock.pass_seconds(5)
    assert pipeline.telegram.sent == []
    assert refetch(pipeline.sessions, ready).state == "ready"
    resume(pipeline)
    pipeline.clock.pass_seconds(5)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1
    assert refetch(pipeline.sessions, ready).state == "sent"


def test_a_switch_between_the_lease_and_the_send_is_obeyed(pipeline, ready, switch):
    """The text is leased; the switch is thrown while an earlier one of the same look is being sent."""
    other = make_bot(pipeline.sessions, "Bob")
    elsewhere = make_chat(pipeline.sessions, other)
    with pipeline.sessions.begin() as session:
        session.merge(ready).available_at = NOW.replace(microsecond=1)
    make_utterance(pipeline.sessions, other, elsewhere, available_at=NOW)
    pipeline.clock.pass_seconds(1)
    pipeline.telegram.before_send = lambda: switch[0](pipeline)
    deliver(pipeline.delivery)
    assert [text for _, _, text, _ in pipeline.telegram.sent] == ["Text of Bob"]
    assert refetch(pipeline.sessions, ready).state == "ready"


def test_what_was_stopped_for_too_long_is_dropped_as_stale(pipeline, ready, switch):
    stop, resume = switch
    stop(pipeline)
    deliver(pipeline.delivery)
    pipeline.clock.pass_seconds(181)
    sweep(pipeline.sweeping)
    resume(pipeline)
    deliver(pipeline.delivery)
    assert pipeline.telegram.sent == []
    row = refetch(pipeline.sessions, ready)
    assert (row.state, row.reason) == ("discarded", "stale")


def test_nothing_is_planned_while_a_switch_is_thrown_not_even_an_answer(pipeline, switch):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    switch[0](pipeline)
    run_tick(pipeline.tick, bot.id, NOW, mention.id)
    assert fetch(pipeline.sessions, select(Utterance)) == []


def test_a_switch_of_one_chat_or_bot_leaves_the_others_alone(pipeline, ready):
    other = make_bot(pipeline.sessions, "Bob")
    make_utterance(pipeline.sessions, other, make_chat(pipeline.sessions, other))
    with pipeline.sessions.begin() as session:
        session.get(Chat, ready.chat_id).status = "paused"
    deliver(pipeline.delivery)
    assert [text for _, _, text, _ in pipeline.telegram.sent] == ["Text of Bob"]


def test_the_claim_before_the_send_obeys_by_itself(pipeline, ready, switch):
    stop, resume = switch
    lease = NOW.replace(second=30)
    for throw, claimed in ((stop, False), (resume, True)):
        throw(pipeline)
        with pipeline.sessions.begin() as session:
            assert delivery.claim_send(session, ready.id, NOW, lease) is claimed


def test_no_typing_is_shown_while_a_switch_is_thrown(pipeline, switch):
    bot = make_bot(pipeline.sessions)
    make_utterance(
        pipeline.sessions, bot, make_chat(pipeline.sessions, bot), send_at=NOW.replace(second=8), available_at=NOW
    )
    switch[0](pipeline)
    deliver(pipeline.delivery)
    assert pipeline.telegram.typing == []


def test_no_reaction_is_given_while_a_switch_is_thrown(pipeline, switch):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    target = make_message(pipeline.sessions, chat, "Good news")
    make_utterance(pipeline.sessions, bot, chat, kind="reaction", emoji="👍", text=None, target_message_id=target.id)
    stop, resume = switch
    stop(pipeline)
    deliver(pipeline.delivery)
    assert pipeline.telegram.reactions == []
    resume(pipeline)
    pipeline.clock.pass_seconds(5)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.reactions) == 1


def test_typing_that_was_begun_ends_with_the_switch(pipeline, switch):
    bot = make_bot(pipeline.sessions)
    make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), send_at=NOW.replace(second=30))
    deliver(pipeline.delivery)
    switch[0](pipeline)
    for _ in range(10):
        pipeline.clock.pass_seconds(2)
        deliver(pipeline.delivery)
    assert len(pipeline.telegram.typing) == 1


def test_a_connection_is_given_up_before_two_seconds_so_that_no_claimed_text_leaves_later():
    assert bot_api.CONNECT_TIMEOUT_S < 2
