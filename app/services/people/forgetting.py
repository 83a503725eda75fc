"""Deletion of people who asked to be forgotten, in small batches, and the confirmation to them."""

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
from app.outages import is_outage
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
"""Wait for updates from before the request to be processed: the copies of other bots wait for three seconds."""

UNREAD_BEFORE, LAST = "updates", "person"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ForgetPorts:
    """Ports that forgetting uses; `answers` may contain models' answers with people's words."""

    batches: BatchPorts
    answers: AnswerCache
    queue: TaskQueue
    clock: Clock


@dataclass(frozen=True, slots=True)
class Work:
    """A request and why this worker stops: all is deleted, updates are unprocessed, the lease was lost."""

    request: ForgetRequest
    ended: Literal["", "deleted", "unread", "lost"] = ""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do now."""
        return self.ended != ""


def forget(ports: ForgetPorts) -> None:
    """Processes requests to be forgotten, oldest first, until none is due or the time is up.

    A failed request is logged with its traceback and retried every minute without limit; the others do not wait for it.
    When a worker dies or an outage is raised, its lease ends and the next one resumes.
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
        except Exception as error:
            if is_outage(error):
                raise
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
    """Deletes the next rows of a request's stage and stores the progress, in one transaction."""
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
    """Drops cached answers, which may hold the person's words, then the person, and answers in that transaction."""
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
    """Returns the confirmation by the bot that took the request; nothing without that bot."""
    rows = profiles.load_rows(session, {request.bot_id}) if request.bot_id else []
    bots = [parse_row(row) for row in rows]
    return [
        NewAnswer(bot.bot_id, request.message_id, render_answer(FleetCommand("forgotten"), request.language, bot))
        for bot in bots
    ]


def _release(ports: ForgetPorts, request: ForgetRequest, wait_s: float) -> None:
    with ports.batches.sessions.begin() as session:
        forget_requests.release(session, request, ports.clock.now() + dt.timedelta(seconds=wait_s))
