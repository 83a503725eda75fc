"""Forgets people who asked for it, a few rows at a time, and tells them when it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.analysis.commands import FleetCommand
from app.domain.people.command_texts import render_answer
from app.domain.ports import AnswerCache, Clock, TaskQueue
from app.repositories.fleet import profiles
from app.repositories.fleet.profiles import parse_row
from app.repositories.people import forget_requests, forgetting
from app.repositories.people.forget_requests import ForgetRequest
from app.repositories.utterances.answers import NewAnswer, insert_answers
from app.services.work.batches import BatchPorts, run_batches

RUN_S = 50.0
LEASE_S = 60.0
RETRY_S = 60.0
UNREAD_S = 1.0
"""Updates that came before the request are worked in meanwhile: the copies of other bots wait for three seconds."""

UNREAD_BEFORE, LAST = "updates", "person"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ForgetPorts:
    """What forgetting needs of the outside; `answers` may hold what models made of people's words."""

    batches: BatchPorts
    answers: AnswerCache
    queue: TaskQueue
    clock: Clock


@dataclass(frozen=True, slots=True)
class Work:
    """A request and why this worker ends with it: all is deleted, updates wait to be read, somebody else has it."""

    request: ForgetRequest
    ended: Literal["", "deleted", "unread", "lost"] = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do now."""
        return self.ended != ""


def forget(ports: ForgetPorts) -> None:
    """Works off requests to be forgotten, who waits longest first, until none is due or the time is up.

    A request whose work fails is told in full and comes again after a minute, for as long as it takes; the others do
    not wait for it. A worker that dies leaves its lease, and the next one goes on where it was.
    """
    deadline = ports.batches.timer() + RUN_S
    while ports.batches.timer() < deadline:
        now = ports.clock.now()
        with ports.batches.sessions.begin() as session:
            request = forget_requests.claim(session, now, now + dt.timedelta(seconds=LEASE_S))
        if request is None:
            return
        try:
            _carry_out(ports, request, deadline)
        except Exception:
            metrics.FORGET_REQUESTS.labels("failed").inc()
            log.exception("forget_failed", item=request.id)
            _release(ports, request, RETRY_S)
    ports.queue.nudge_forgetting()


def _carry_out(ports: ForgetPorts, request: ForgetRequest, deadline: float) -> None:
    work = run_batches(ports.batches, deadline, partial(_work, ports.clock), Work(request))
    if work.ended == "deleted":
        _finish(ports, work.request)
    elif work.ended != "lost":
        _release(ports, work.request, UNREAD_S if work.ended == "unread" else 0.0)


def _work(clock: Clock, session: Session, rows: int, work: Work) -> Work:
    """The next rows of a request's stage, and the note of how far it came, in one transaction."""
    request, now = work.request, clock.now()
    if request.stage == LAST:
        return replace(work, ended="deleted")
    if request.stage == UNREAD_BEFORE and forgetting.has_unread(session, request.created_at):
        return replace(work, ended="unread")
    after = forgetting.STAGES[request.stage](session, request, rows, now)
    if after is None:
        after = replace(request, stage=forgetting.next_stage(request.stage) or LAST, position=0)
    ours = forget_requests.renew(session, after, now + dt.timedelta(seconds=LEASE_S))
    return Work(after, "" if ours else "lost")


def _finish(ports: ForgetPorts, request: ForgetRequest) -> None:
    """Drops models' answers, which may hold the person's words, then the person, and says so as that is committed."""
    ports.answers.forget_all()
    now = ports.clock.now()
    with ports.batches.sessions.begin() as session:
        forgetting.STAGES[LAST](session, request, 1, now)
        if not forget_requests.finish(session, request, now):
            return
        answers = _compose(session, request)
        told = insert_answers(session, answers, now, 0) if answers else 0
    metrics.FORGET_REQUESTS.labels("done").inc()
    log.info("forgotten", item=request.id, count=len(request.chat_ids), answered=told)
    if told:
        ports.queue.nudge_delivery()


def _compose(session: Session, request: ForgetRequest) -> list[NewAnswer]:
    """What the bot that took the request says now; nothing where there was none, or it is gone."""
    rows = profiles.load_rows(session, {request.bot_id}) if request.bot_id else []
    bots = [parse_row(row) for row in rows]
    return [
        NewAnswer(bot.bot_id, request.message_id, render_answer(FleetCommand("forgotten"), request.language, bot))
        for bot in bots
    ]


def _release(ports: ForgetPorts, request: ForgetRequest, wait_s: float) -> None:
    with ports.batches.sessions.begin() as session:
        forget_requests.release(session, request, ports.clock.now() + dt.timedelta(seconds=wait_s))
