"""The fleet comes back from an outage over a minute; people are answered at once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from app.models import Heartbeat, Setting, TickSchedule, Utterance
from app.services.delivery import deliver
from app.services.schedule.dispatch import dispatch_ticks
from app.services.schedule.sweeping import sweep
from tests.builders import NOW, fetch, make_bot, make_chat, make_mention, make_message, make_utterance

BOTS = 200


def dispatch(pipeline):
    return dispatch_ticks(pipeline.sessions, pipeline.queue, pipeline.clock)


@pytest.fixture
def bots(pipeline):
    """Bots that are all due while nobody looks."""
    made = [make_bot(pipeline.sessions, f"Bot{number}", due_at=NOW + dt.timedelta(hours=1)) for number in range(BOTS)]
    assert dispatch(pipeline) == 0
    with pipeline.sessions.begin() as session:
        session.execute(update(TickSchedule).values(due_at=NOW + dt.timedelta(seconds=20), interval_s=86_400))
    return made


def test_200_overdue_bots_come_back_over_a_minute_and_not_in_the_first_second(pipeline, bots):
    pipeline.clock.pass_seconds(300)
    published = []
    for _ in range(61):
        published.append(dispatch(pipeline))
        pipeline.clock.pass_seconds(1)
    assert published[0] == 0
    assert max(published) <= BOTS / 60 + 1
    assert len({tick.bot_id for tick in pipeline.queue.ticks}) == sum(published) == BOTS


def test_the_heartbeat_is_written_every_few_seconds_and_is_no_setting(pipeline):
    beats = set()
    for _ in range(20):
        dispatch(pipeline)
        beats |= set(fetch(pipeline.sessions, select(Heartbeat.beat_at)))
        pipeline.clock.pass_seconds(1)
    assert len(beats) == 4
    assert fetch(pipeline.sessions, select(Setting.key)) == []


def test_a_short_silence_is_no_outage(pipeline, bots):
    pipeline.clock.pass_seconds(59)
    assert dispatch(pipeline) == BOTS


def test_of_two_dispatchers_that_come_back_together_neither_bursts(pipeline, bots):
    pipeline.clock.pass_seconds(300)
    assert dispatch(pipeline) + dispatch(pipeline) == 0
    assert len(set(fetch(pipeline.sessions, select(TickSchedule.due_at)))) == BOTS


@pytest.fixture
def waiting(pipeline):
    """A dozen unasked texts, each in its chat, and one answer, ready when the outage began."""
    dispatch(pipeline)
    pairs = [(bot := make_bot(pipeline.sessions), make_chat(pipeline.sessions, bot)) for _ in range(12)]
    for bot, chat in pairs:
        make_utterance(pipeline.sessions, bot, chat)
    bot, chat = (bot := make_bot(pipeline.sessions, "Grace"), make_chat(pipeline.sessions, bot))
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Grace?"))
    make_utterance(pipeline.sessions, bot, chat, urgency="interactive", mention_id=mention.id)


def sent(pipeline):
    return [text for _, _, text, _ in pipeline.telegram.sent]


def deliver_all(pipeline):
    for _ in range(6):
        deliver(pipeline.delivery)


def test_before_the_dispatcher_looked_only_answers_leave(pipeline, waiting):
    pipeline.clock.pass_seconds(90)
    deliver_all(pipeline)
    assert sent(pipeline) == ["Text of Grace"]


def test_unasked_texts_leave_one_by_one_over_a_minute(pipeline, waiting):
    pipeline.clock.pass_seconds(90)
    dispatch(pipeline)
    counts = []
    for _ in range(61):
        before = len(sent(pipeline))
        deliver_all(pipeline)
        counts.append(len(sent(pipeline)) - before)
        pipeline.clock.pass_seconds(1)
        dispatch(pipeline)
    assert sent(pipeline)[0] == "Text of Grace"
    assert counts[0] == 1
    assert max(counts) == 1
    assert sum(counts) == 13


def test_plans_wait_for_their_place_before_they_are_written(pipeline):
    dispatch(pipeline)
    for _ in range(3):
        bot = make_bot(pipeline.sessions)
        make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot), "planned", send_at=None)
    pipeline.clock.pass_seconds(90)
    dispatch(pipeline)
    places = [
        (at - pipeline.clock.now()).total_seconds()
        for at in fetch(pipeline.sessions, select(Utterance.available_at).order_by(Utterance.id))
    ]
    assert places == [20, 40, 60]
    assert fetch(pipeline.sessions, select(Utterance.send_at)) == [None] * 3


def test_what_is_stale_is_dropped_with_its_reason_and_a_young_mention_still_answered(pipeline, waiting):
    pipeline.clock.pass_seconds(200)
    dispatch(pipeline)
    sweep(pipeline.sweeping)
    deliver_all(pipeline)
    assert sent(pipeline) == ["Text of Grace"]
    dropped = fetch(pipeline.sessions, select(Utterance).where(Utterance.urgency == "ambient"))
    assert {(row.state, row.reason) for row in dropped} == {("discarded", "stale")}
