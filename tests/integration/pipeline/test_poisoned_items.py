"""One item that raises an error, in a batch of every kind of leased work: it is retried alone, then parked."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import redis
import structlog
from sqlalchemy import select
from structlog.testing import capture_logs

from app import metrics
from app.domain.errors import InvalidInput, NotFound
from app.domain.lanes.leaks import canary_of
from app.models import LLMRequest, Mention, Utterance, WorkFailure
from app.services.delivery import deliver
from app.services.lanes.generation import AMBIENT, generate
from app.services.schedule.retention import prune
from app.services.work import DELIVERY, KINDS, work_each
from app.services.work.parked import dismiss, list_parked, try_again
from app.services.work.retries import describe
from tests.builders import fetch, make_bot, make_chat, make_mention, make_message, make_utterance, refetch
from tests.integration.pipeline.poisons import (
    Jobs,
    Plans,
    Sends,
    StreamedPlans,
    UnfinishedPlans,
    UnreadablePlans,
)
from tests.integration.pipeline.poisons_from_outside import Checks, Feeds, Updates

ALL = (Sends, Plans, UnreadablePlans, UnfinishedPlans, StreamedPlans, Jobs, Updates, Feeds, Checks)
OWNERS = {kind.name: kind.owner for kind in KINDS}
OTHERS = 4
AT_ONCE_S = 1.0
SLOWER = 5
"""A machine so busy that even a sound batch takes long may take this many times as long with a poisoned item."""


@pytest.fixture(autouse=True)
def logs():
    """What is logged, with tracebacks as the processes write them."""
    with capture_logs([structlog.contextvars.merge_contextvars, structlog.processors.format_exc_info]) as lines:
        yield lines


@pytest.fixture(params=ALL, ids=lambda kind: kind.__name__)
def work(request, pipeline, monkeypatch):
    return request.param(pipeline, monkeypatch)


def timed(run):
    began = time.monotonic()
    run()
    return time.monotonic() - began


def failures(kind):
    return metrics.WORK_FAILURES.labels(kind)._value.get()


def add_around(work):
    """A poisoned item with two others before it and two after it; returns its id."""
    for _ in range(OTHERS // 2):
        work.add()
    poisoned = work.poison()
    for _ in range(OTHERS // 2):
        work.add()
    return poisoned


def park(work, pipeline):
    """Adds a poisoned item and lets it fail until it is given up."""
    poisoned = work.poison()
    for _ in range(3):
        work.run()
        pipeline.clock.pass_seconds(25)
    return poisoned


def again(pipeline, item):
    try_again(pipeline.sessions, pipeline.queue, pipeline.clock, item.id, "deniz")


def test_every_kind_of_work_is_poisoned_here():
    assert {work.kind for work in ALL} == {kind.name for kind in KINDS}


def test_the_others_leave_at_once_and_the_poisoned_one_is_retried_alone_then_parked(work, pipeline, logs):
    for _ in range(OTHERS):
        work.add()
    sound_s = timed(work.run)
    assert work.done() == OTHERS
    poisoned, counted = add_around(work), failures(work.kind)

    assert timed(work.run) < max(AT_ONCE_S, SLOWER * sound_s)
    assert work.done() == 2 * OTHERS
    [line] = [line for line in logs if line["event"] == "work_failed"]
    assert (line["kind"], line[OWNERS[work.kind]]) == (work.kind, poisoned)
    assert "Traceback" in line["exception"]

    for delay_s in (5, 20):
        assert work.due(poisoned) == pipeline.clock.now() + dt.timedelta(seconds=delay_s)
        assert list_parked(pipeline.sessions).total == 0
        pipeline.clock.pass_seconds(delay_s - 0.1)
        work.run()
        pipeline.clock.pass_seconds(0.2)
        work.run()
    assert failures(work.kind) == counted + 3
    assert work.end(poisoned) == work.ended

    [item] = list_parked(pipeline.sessions).items
    assert (item.kind, item.item_id, item.attempts, item.error) == (work.kind, poisoned, 3, work.error)
    assert item.place.startswith("app.")
    assert item.parked_at == pipeline.clock.now()
    pipeline.clock.pass_seconds(60)
    work.run()
    assert failures(work.kind) == counted + 3

    work.cure(poisoned)
    again(pipeline, item)
    work.run()
    assert work.done() == 2 * OTHERS + 1
    assert fetch(pipeline.sessions, select(WorkFailure)) == []


def test_what_fails_again_after_an_operators_retry_has_all_its_attempts_and_is_parked_again(work, pipeline):
    poisoned = park(work, pipeline)
    [item] = list_parked(pipeline.sessions).items
    if isinstance(work, Sends):
        pipeline.flood.take = None
    again(pipeline, item)
    work.run()
    assert list_parked(pipeline.sessions).total == 0
    for _ in range(2):
        pipeline.clock.pass_seconds(25)
        work.run()
    assert [(item.item_id, item.attempts) for item in list_parked(pipeline.sessions).items] == [(poisoned, 3)]


def test_what_is_dismissed_stays_as_it_ended(work, pipeline):
    poisoned = park(work, pipeline)
    [item] = list_parked(pipeline.sessions).items
    dismiss(pipeline.sessions, item.id, "deniz")
    assert list_parked(pipeline.sessions).total == 0
    assert work.end(poisoned) == work.ended
    for decide in (lambda: dismiss(pipeline.sessions, item.id, "deniz"), lambda: again(pipeline, item)):
        with pytest.raises(NotFound, match="not parked any more"):
            decide()


def test_the_sound_plans_of_a_batch_share_one_request(pipeline, monkeypatch):
    work = Plans(pipeline, monkeypatch)
    add_around(work)
    work.run()
    assert [len(request) for request in pipeline.llm.requests] == [OTHERS]
    assert fetch(pipeline.sessions, select(LLMRequest.prompts)) == [OTHERS]


def test_a_batch_of_poisoned_plans_only_leaves_no_request_and_lets_the_lane_go_on(pipeline, monkeypatch):
    work = Plans(pipeline, monkeypatch)
    for _ in range(3):
        work.poison()
    work.run()
    assert pipeline.llm.requests == []
    assert fetch(pipeline.sessions, select(LLMRequest)) == []
    assert pipeline.queue.lanes == [(AMBIENT, 0.0)]


def test_an_error_that_is_no_single_plans_sends_them_in_smaller_batches_until_the_culprit_is_alone(
    pipeline, monkeypatch
):
    work = Plans(pipeline, monkeypatch)
    *sound, culprit = [work.add() for _ in range(8)]
    complete = pipeline.llm.complete

    def break_down(messages, *rest, **more):
        if canary_of(culprit) in messages[-1]["content"]:
            raise TypeError("no text of anybody")
        return complete(messages, *rest, **more)

    monkeypatch.setattr(pipeline.llm, "complete", break_down)
    for _ in range(20):
        generate(pipeline.generation, AMBIENT)
        pipeline.clock.pass_seconds(1)
    assert work.done() == len(sound)
    for _ in range(3):
        pipeline.clock.pass_seconds(25)
        generate(pipeline.generation, AMBIENT)
    [item] = list_parked(pipeline.sessions).items
    assert (item.item_id, item.error) == (culprit, "TypeError")
    assert fetch(pipeline.sessions, select(LLMRequest.id).where(LLMRequest.outcome == "in_flight")) == []


def test_an_error_in_the_middle_of_a_send_leaves_it_unknown_and_nothing_is_said_twice(pipeline):
    bot = make_bot(pipeline.sessions)
    made = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))

    def break_down():
        raise KeyError("a bug behind the claim")

    pipeline.telegram.before_send = break_down
    deliver(pipeline.delivery)
    row = refetch(pipeline.sessions, made)
    assert (row.state, row.reason) == ("unknown", "error_while_sending")
    pipeline.telegram.before_send = lambda: None
    pipeline.clock.pass_seconds(60)
    deliver(pipeline.delivery)
    assert pipeline.telegram.sent == []
    assert fetch(pipeline.sessions, select(WorkFailure)) == []


def test_who_asked_gets_no_second_answer_that_would_fail_alike(pipeline, monkeypatch):
    bot = make_bot(pipeline.sessions)
    chat = make_chat(pipeline.sessions, bot)
    mention = make_mention(pipeline.sessions, bot, make_message(pipeline.sessions, chat, "hi"))
    fields = {"urgency": "interactive", "kind": "reply", "mention_id": mention.id, "send_at": None}
    make_utterance(pipeline.sessions, bot, chat, **fields)
    for _ in range(3):
        deliver(pipeline.delivery)
        pipeline.clock.pass_seconds(25)
    assert fetch(pipeline.sessions, select(Mention.status)) == ["expired"]
    [item] = list_parked(pipeline.sessions).items
    assert (item.bot_name, item.chat_title) == (bot.display_name, chat.title)
    again(pipeline, item)
    deliver(pipeline.delivery)
    assert fetch(pipeline.sessions, select(Mention.status)) == ["answered"]


def test_while_its_bot_speaks_a_parked_text_stays_parked(pipeline, monkeypatch):
    park(Sends(pipeline, monkeypatch), pipeline)
    [item] = list_parked(pipeline.sessions).items
    [failed] = fetch(pipeline.sessions, select(Utterance))
    bot = type("Bot", (), {"id": failed.bot_id, "display_name": "Ada"})
    make_utterance(pipeline.sessions, bot, type("Chat", (), {"id": failed.chat_id}), "planned")
    with pytest.raises(InvalidInput, match="something else under way"):
        again(pipeline, item)
    assert list_parked(pipeline.sessions).total == 1


def test_an_outage_blames_nobody(pipeline):
    bot = make_bot(pipeline.sessions)
    made = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))

    def fail(item):
        raise redis.TimeoutError("Redis is away")

    with pytest.raises(redis.TimeoutError):
        work_each(pipeline.sessions, pipeline.clock, DELIVERY, [made], fail)
    assert fetch(pipeline.sessions, select(WorkFailure)) == []


def test_failures_that_healed_are_forgotten_and_parked_items_are_kept_with_the_history(pipeline, monkeypatch):
    work = Updates(pipeline, monkeypatch)
    park(work, pipeline)
    work.poison()
    work.run()
    pipeline.clock.pass_seconds(2 * 86_400)
    prune(pipeline.retention)
    assert fetch(pipeline.sessions, select(WorkFailure.parked_at.is_not(None))) == [True]
    pipeline.clock.pass_seconds(100 * 86_400)
    prune(pipeline.retention)
    assert fetch(pipeline.sessions, select(WorkFailure)) == []


def test_an_item_that_is_gone_leaves_nothing_behind(pipeline):
    bot = make_bot(pipeline.sessions)
    made = make_utterance(pipeline.sessions, bot, make_chat(pipeline.sessions, bot))

    def lose(item):
        with pipeline.sessions.begin() as session:
            session.delete(session.get(Utterance, item.id))
        raise ValueError

    assert work_each(pipeline.sessions, pipeline.clock, DELIVERY, [made], lose) == []
    assert fetch(pipeline.sessions, select(WorkFailure)) == []


def test_a_description_holds_no_word_of_the_error(pipeline, monkeypatch):
    work = Updates(pipeline, monkeypatch)
    work.poison()
    work.run()
    [row] = fetch(pipeline.sessions, select(WorkFailure))
    assert (row.error, row.place) == ("NumericValueOutOfRange", "app.repositories.ingest.store.upsert_people")
    with pytest.raises(ValueError, match="Grace") as caught:
        int("what Grace wrote")
    assert describe(caught.value) == ("ValueError", f"{__name__}.test_a_description_holds_no_word_of_the_error")


def test_a_failure_long_ago_does_not_count(pipeline, monkeypatch):
    work = Updates(pipeline, monkeypatch)
    work.poison()
    work.run()
    pipeline.clock.pass_seconds(2 * 3600)
    work.run()
    assert fetch(pipeline.sessions, select(WorkFailure.attempts)) == [1]
    assert fetch(pipeline.sessions, select(WorkFailure.first_at)) == [pipeline.clock.now()]
