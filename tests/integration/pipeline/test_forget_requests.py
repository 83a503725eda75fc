"""A request to be forgotten outlives workers, errors and impatience."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from app.models import ForgetRequest, Message
from app.repositories.ingest import inbox
from app.repositories.people import forget_requests, forgetting
from app.services.ingest.inbox import ingest
from app.services.people.forgetting import LEASE_S, forget
from tests.builders import NOW, fetch
from tests.integration.pipeline.group import HENRY
from tests.integration.pipeline.zelda import WORDS, ZELDA, find_planted, make_known, work_off


@pytest.fixture
def known(pipeline):
    return make_known(pipeline)


@pytest.mark.parametrize("batches", range(1, 10))
def test_a_worker_that_dies_leaves_the_rest_to_the_next_one(pipeline, known, batches):
    known.say("/forgetme", ZELDA)
    pipeline.clock.pass_seconds(10)
    ingest(pipeline.ingest)
    left = iter(range(batches - 1))

    def die(seconds):
        if next(left, None) is None:
            raise SystemExit

    with pytest.raises(SystemExit):
        forget(replace(pipeline.forgetting, batches=replace(pipeline.batches, pause=die)))
    forget(pipeline.forgetting)
    assert fetch(pipeline.sessions, select(ForgetRequest.done_at)) == [None]
    pipeline.clock.pass_seconds(LEASE_S + 1)
    forget(pipeline.forgetting)
    assert find_planted(pipeline) == []
    assert ["deleted" in words for _, words, _ in known.read()] == [False, True]


def test_a_request_that_fails_is_told_and_comes_again_and_the_others_go_on(pipeline, known, monkeypatch):
    known.say("/forgetme", ZELDA)
    known.say("/forgetme", HENRY)

    def fail(session, request, rows, now):
        if request.telegram_user_id == ZELDA["id"]:
            raise ValueError("a mistake")

    monkeypatch.setitem(forgetting.STAGES, "records", fail)
    with capture_logs() as logs:
        work_off(pipeline)
    [line] = [line for line in logs if line["event"] == "forget_failed"]
    assert (line["log_level"], line["exc_info"]) == ("error", True)
    monkeypatch.undo()
    done = select(ForgetRequest.telegram_user_id).where(ForgetRequest.done_at.is_not(None))
    assert fetch(pipeline.sessions, done) == [HENRY["id"]]
    forget(pipeline.forgetting)
    assert fetch(pipeline.sessions, done) == [HENRY["id"]]
    pipeline.clock.pass_seconds(61)
    forget(pipeline.forgetting)
    assert find_planted(pipeline) == []


def test_who_asks_twice_is_told_once_that_it_is_done(pipeline, known):
    known.say("/forgetme", ZELDA)
    known.say(f"one more {WORDS}", ZELDA)
    number = known.say("/forgetme", ZELDA)
    work_off(pipeline)
    assert find_planted(pipeline) == []
    done = [reply_to for _, words, reply_to in known.read() if "is deleted" in words]
    assert done == [number]


def test_updates_that_came_before_the_command_are_waited_for(pipeline, known):
    known.say("/forgetme", ZELDA)
    with pipeline.sessions.begin() as session:
        odd = {"update_id": 950, "unheard_of": {"user": ZELDA}}
        inbox.store(session, known.bots[0].id, [odd], pipeline.clock.now(), 0)
    forget(pipeline.forgetting)
    assert fetch(pipeline.sessions, select(ForgetRequest.stage)) == ["updates"]
    work_off(pipeline)
    assert find_planted(pipeline) == []


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (forgetting.MESSAGES, "ix_messages_person_id_chat_id"),
        (forgetting.CHATS, "ix_messages_person_id_chat_id"),
        (forgetting.OF_MESSAGES[1], "ix_messages_answers"),
        (forgetting.UNREAD, "ix_inbox_updates_waiting"),
        (forgetting.ODD_UPDATES, "ix_inbox_updates_odd"),
        (forgetting.NAMES_IN_UTTERANCES, "pk_utterances"),
        (forget_requests.OPEN_ANSWERS, "uq_utterances_open_bot"),
        (forget_requests.PENDING, "ix_mentions_pending"),
    ],
)
def test_what_is_forgotten_is_found_by_an_index(pipeline, statement, index):
    params = {"person": 1, "until": 1, "rows": 9, "messages": [1, 2], "created_at": NOW, "position": 0}
    named = {"naming": "exists($.a)", "names": "x", "someone": "y", "chats": [1]}
    with pipeline.sessions() as session:
        session.execute(text("set enable_seqscan = off; set enable_bitmapscan = off"))
        plan = "\n".join(session.scalars(text(f"explain {statement.text}"), {**params, **named}))
    assert index in plan
    assert "Seq Scan on messages" not in plan


def test_people_are_heard_while_a_batch_is_not_committed_yet(pipeline, known):
    known.say("/forgetme", ZELDA)
    now = pipeline.clock.now()
    with pipeline.sessions.begin() as session:
        request = forget_requests.claim(session, now, now)
        for name, stage in forgetting.STAGES.items():
            if name not in {"digests", "person"}:  # they touch rows that ingest writes, and are over in a moment
                request = stage(session, request, 100, now) or request
        known.say("Ada, are you there?", HENRY)
        known.say("Ada, hello again", ZELDA)
    said = fetch(pipeline.sessions, select(Message.text).order_by(Message.id.desc()).limit(2))
    assert said == ["Ada, hello again", "Ada, are you there?"]
