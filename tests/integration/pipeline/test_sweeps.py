"""Whatever state a worker dies in, the sweeper finds it: set going again, or ended with a reason."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.lanes.lane import MAX_ATTEMPTS
from app.models import InboxUpdate, Lane, LLMJob, LLMRequest, Mention, Spending, Utterance
from app.services.delivery import deliver
from app.services.ingest.inbox import ingest, store_updates
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.schedule.retention import prune
from app.services.schedule.sweeping import sweep
from app.services.schedule.tick import run_tick
from tests.builders import (
    NOW,
    add,
    end,
    fetch,
    make_bot,
    make_mention,
    make_message,
    make_update,
    make_utterance,
    refetch,
)

PAST, FUTURE = NOW - dt.timedelta(seconds=1), NOW + dt.timedelta(seconds=1)


def request(**fields):
    base = {"lane": AMBIENT, "provider": "fake", "model": "m", "prompts": 1}
    return LLMRequest(**{**base, "lease_until": PAST, **fields})


def test_a_plan_whose_worker_died_goes_back_to_its_lane_and_the_lane_is_nudged(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "generating", lease_until=PAST)
    sweep(pipeline.sweeping)
    row = refetch(pipeline.sessions, lost)
    assert (row.state, row.attempts, row.lease_until) == ("planned", 1, None)
    assert pipeline.queue.lanes == [(AMBIENT, 0.0)]
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, lost).state == "ready"


def test_a_plan_that_killed_its_worker_again_and_again_is_given_up_with_a_reason(pipeline, bot, chat):
    lost = make_utterance(pipeline.sessions, bot, chat, "generating", lease_until=PAST, attempts=MAX_ATTEMPTS - 1)
    sweep(pipeline.sweeping)
    row = refetch(pipeline.sessions, lost)
    assert (row.state, row.reason, row.finished_at) == ("discarded", "generation_interrupted", NOW)


@pytest.mark.parametrize("state", ["generating", "sending", "ready"])
def test_what_is_still_leased_is_left_alone(pipeline, bot, chat, state):
    leased = make_utterance(
        pipeline.sessions, bot, chat, state, lease_until=FUTURE, planned_at=NOW - dt.timedelta(hours=1)
    )
    sweep(pipeline.sweeping)
    assert refetch(pipeline.sessions, leased).state == state


def test_a_ready_text_whose_worker_died_is_sent_by_another(pipeline, bot, chat):
    make_utterance(pipeline.sessions, bot, chat, lease_until=PAST)
    deliver(pipeline.delivery)
    assert len(pipeline.telegram.sent) == 1


def test_an_abandoned_request_stops_counting_as_in_flight_and_is_closed(pipeline, bot, chat):
    add(pipeline.sessions, *[request() for _ in range(4)])
    make_utterance(pipeline.sessions, bot, chat, "planned")
    generate(pipeline.generation, AMBIENT)
    assert len(pipeline.llm.requests) == 1
    sweep(pipeline.sweeping)
    outcomes = fetch(pipeline.sessions, select(LLMRequest.outcome).order_by(LLMRequest.id))
    assert outcomes == ["abandoned"] * 4 + ["answered"]


@pytest.mark.parametrize("state", ["planned", "ready"])
@pytest.mark.parametrize(("urgency", "patience_s"), [("ambient", 180), ("interactive", 300)])
def test_what_waited_longer_than_its_patience_is_dropped_as_stale(pipeline, bot, chat, state, urgency, patience_s):
    waiting = make_utterance(pipeline.sessions, bot, chat, state, urgency=urgency)
    pipeline.clock.pass_seconds(patience_s)
    sweep(pipeline.sweeping)
    assert refetch(pipeline.sessions, waiting).state == state
    pipeline.clock.pass_seconds(1)
    sweep(pipeline.sweeping)
    row = refetch(pipeline.sessions, waiting)
    assert (row.state, row.reason) == ("discarded", "stale")


def test_lanes_with_waiting_plans_are_nudged_unless_they_are_held(pipeline, bot, chat):
    make_utterance(pipeline.sessions, bot, chat, "planned")
    make_utterance(pipeline.sessions, make_bot(pipeline.sessions, "Bob"), chat, "planned", urgency="interactive")
    add(pipeline.sessions, Lane(name=AMBIENT, not_before=FUTURE))
    sweep(pipeline.sweeping)
    assert pipeline.queue.lanes == [(INTERACTIVE, 0.0)]
    pipeline.clock.pass_seconds(2)
    sweep(pipeline.sweeping)
    assert {lane for lane, _ in pipeline.queue.lanes} == {AMBIENT, INTERACTIVE}


def test_a_mention_whose_tick_was_lost_is_nudged_again_and_again_and_answered(pipeline, bot, chat):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    sweep(pipeline.sweeping)
    sweep(pipeline.sweeping)
    assert [tick.mention_id for tick in pipeline.queue.urgent] == [mention.id]
    pipeline.clock.pass_seconds(8)
    sweep(pipeline.sweeping)
    assert len(pipeline.queue.urgent) == 2
    tick = pipeline.queue.urgent[-1]
    run_tick(pipeline.tick, tick.bot_id, tick.due_at, tick.mention_id)
    assert fetch(pipeline.sessions, select(Utterance.mention_id)) == [mention.id]


def test_of_many_who_wait_for_a_bot_the_first_is_nudged(pipeline, bot, chat):
    waiting = [make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?")) for _ in range(3)]
    sweep(pipeline.sweeping)
    sweep(pipeline.sweeping)
    assert [tick.mention_id for tick in pipeline.queue.urgent] == [waiting[0].id]


@pytest.mark.parametrize("state", ["planned", "generating", "ready", "sending"])
def test_who_waits_while_the_bot_answers_somebody_else_is_nudged_when_that_has_ended(pipeline, bot, chat, state):
    first, second = (make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?")) for _ in "12")
    answer = make_utterance(
        pipeline.sessions, bot, chat, state, urgency="interactive", mention_id=first.id, lease_until=FUTURE
    )
    sweep(pipeline.sweeping)
    assert pipeline.queue.urgent == []
    end(pipeline.sessions, answer, "unknown")
    sweep(pipeline.sweeping)
    assert [tick.mention_id for tick in pipeline.queue.urgent] == [second.id]


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (None, None, "not_taken_up"),
        ("discarded", "duplicate", "duplicate"),
        ("failed", "Forbidden: kicked", "Forbidden: kicked"),
        ("unknown", "no_answer_from_telegram", "no_answer_from_telegram"),
        ("failed", None, "failed"),
    ],
)
def test_a_mention_nobody_answered_expires_with_the_reason_why(pipeline, bot, chat, state, reason, told):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    if state:
        make_utterance(pipeline.sessions, bot, chat, state, urgency="interactive", mention_id=mention.id, reason=reason)
    pipeline.clock.pass_seconds(299)
    sweep(pipeline.sweeping)
    assert refetch(pipeline.sessions, mention).status == "pending"
    pipeline.clock.pass_seconds(1)
    sweep(pipeline.sweeping)
    row = refetch(pipeline.sessions, mention)
    assert (row.status, row.reason) == ("expired", told)


@pytest.mark.parametrize("state", ["generating", "sending"])
def test_a_mention_whose_answer_is_under_way_does_not_expire(pipeline, bot, chat, state):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    make_utterance(
        pipeline.sessions,
        bot,
        chat,
        state,
        urgency="interactive",
        mention_id=mention.id,
        lease_until=NOW + dt.timedelta(hours=1),
    )
    pipeline.clock.pass_seconds(301)
    sweep(pipeline.sweeping)
    assert refetch(pipeline.sessions, mention).status == "pending"


def test_an_answered_mention_stays_answered(pipeline, bot, chat):
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "Ada?"))
    make_utterance(pipeline.sessions, bot, chat, urgency="interactive", mention_id=mention.id)
    deliver(pipeline.delivery)
    pipeline.clock.pass_seconds(301)
    sweep(pipeline.sweeping)
    assert fetch(pipeline.sessions, select(Mention.status)) == ["answered"]


def test_a_quiet_fleet_is_swept_without_a_nudge(pipeline, bot, chat):
    make_utterance(pipeline.sessions, bot, chat, "sent")
    sweep(pipeline.sweeping)
    assert (pipeline.queue.lanes, pipeline.queue.urgent) == ([], [])


def test_updates_that_nobody_understood_are_kept_longer_than_the_others(pipeline, bot, chat):
    odd = {"update_id": 2, "new_thing": {}}
    store_updates(pipeline.ingest, bot.id, [make_update(1, chat, 42, "hello"), odd])
    ingest(pipeline.ingest)
    kept = []
    for days in (4, 90):
        pipeline.clock.pass_seconds(days * 86_400)
        prune(pipeline.retention)
        kept.append(fetch(pipeline.sessions, select(InboxUpdate.outcome)))
    assert kept == [["unknown:new_thing"], []]


def test_retention_ends_for_finished_work_only(pipeline, bot, chat):
    def aged(days):
        return NOW - dt.timedelta(days=days)

    kept = [
        make_utterance(pipeline.sessions, bot, chat, "sent", finished_at=aged(89)),
        make_utterance(pipeline.sessions, bot, chat, "unknown", finished_at=aged(400)),
        make_utterance(pipeline.sessions, bot, chat, "planned", planned_at=aged(400)),
    ]
    make_utterance(pipeline.sessions, bot, chat, "sent", finished_at=aged(91))
    make_utterance(pipeline.sessions, bot, chat, "discarded", finished_at=aged(91))
    add(pipeline.sessions, request(created_at=aged(91)), request(created_at=aged(89)))
    store_updates(pipeline.ingest, bot.id, [make_update(1, chat, 1, "old"), make_update(2, chat, 2, "new")])
    ingest(pipeline.ingest)
    with pipeline.sessions.begin() as session:
        first, second = session.scalars(select(InboxUpdate).order_by(InboxUpdate.update_id))
        first.done_at, second.done_at = aged(4), aged(2)
    store_updates(pipeline.ingest, bot.id, [make_update(3, chat, 3, "waiting")])
    prune(pipeline.retention)
    assert fetch(pipeline.sessions, select(Utterance.id).order_by(Utterance.id)) == [row.id for row in kept]
    assert len(fetch(pipeline.sessions, select(LLMRequest))) == 1
    assert fetch(pipeline.sessions, select(InboxUpdate.update_id).order_by(InboxUpdate.update_id)) == [2, 3]


def test_finished_jobs_and_old_accounts_are_deleted_too(pipeline, chat):
    def aged(days):
        return NOW - dt.timedelta(days=days)

    def job(days, **fields):
        base = {"family": "digest", "lane": "digest.bulk", "chat_id": chat.id, "available_at": NOW}
        return LLMJob(**{**base, "planned_at": aged(days + 1), **fields})

    add(
        pipeline.sessions,
        job(91, state="done", finished_at=aged(91)),
        job(91, state="discarded", finished_at=aged(91)),
        job(89, state="done", finished_at=aged(89)),
        job(400),
        *(Spending(day=aged(days).date(), scope="fleet", scope_id=0, micros=1) for days in (399, 400, 401)),
    )
    prune(pipeline.retention)
    assert sorted(fetch(pipeline.sessions, select(LLMJob.state))) == ["done", "planned"]
    assert fetch(pipeline.sessions, select(Spending.day).order_by(Spending.day)) == [aged(400).date(), aged(399).date()]
