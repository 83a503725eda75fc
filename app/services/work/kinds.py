"""The kinds of leased work: how an item is postponed, parked, and retried. A new one joins KINDS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.behaviour.trace import OK, Step
from app.domain.lanes.lane import ALONE
from app.domain.ports import TaskQueue
from app.repositories.feeds import feeds
from app.repositories.fleet import tokens
from app.repositories.ingest import inbox
from app.repositories.lanes import jobs
from app.repositories.utterances import outcomes, parking
from app.repositories.work.failures import Owner

CHECK_EVERY = dt.timedelta(hours=1)
"""How often each bot's token is checked."""

OVERDUE = dt.timedelta(seconds=1)
"""Margin beyond the hour after which a check is due."""

SENDING = "error_while_sending"
FAILED = "failed"
FEED_PARKED = "Looking at it raised an error again and again: the page Outbox says where."

Postpone = Callable[[Session, int, dt.datetime, dt.datetime], bool]
Park = Callable[[Session, int, dt.datetime], bool]
TakeUp = Callable[[Session, int, str, dt.datetime], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of leased work. Each function returns whether the item still existed.

    `postpone` takes the item's id, until when, and now; `park` its id and now; `take_up` its id, the operator who
    retries it, and now, and may raise IntegrityError while something else has its place. `title` names an item on
    pages; `owner` says what its id belongs to, and names it in logs. One that `recurs` comes again after success, too.
    """

    name: str
    title: str
    owner: Owner
    postpone: Postpone
    park: Park
    take_up: TakeUp
    recurs: bool = False
    nudge: Callable[[TaskQueue], None] | None = None


def _postpone_send(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    return parking.postpone_send(session, item_id, until) or _end_send(session, item_id, now)


def _park_send(session: Session, item_id: int, now: dt.datetime) -> bool:
    return parking.park(session, item_id, now) or _end_send(session, item_id, now)


def _end_send(session: Session, item_id: int, now: dt.datetime) -> bool:
    """Ends a send after an error past the claim: Telegram may have the text, so it is `unknown` and never repeated."""
    outcomes.mark_unknown(session, item_id, now, SENDING)
    return False


def _take_up_send(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    return parking.unpark_send(session, item_id, _by(operator), now)


def _postpone_plan(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    return parking.postpone_plan(session, item_id, until, ALONE)


def _take_up_plan(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    return parking.unpark_plan(session, item_id, _by(operator), now)


def _postpone_job(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    return jobs.postpone_failed(session, item_id, until, ALONE)


def _take_up_job(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    return jobs.unpark(session, item_id, now)


def _postpone_update(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    return inbox.postpone(session, item_id, until)


def _park_update(session: Session, item_id: int, now: dt.datetime) -> bool:
    return inbox.give_up(session, item_id, FAILED, now)


def _take_up_update(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    return inbox.take_up(session, item_id, FAILED, now)


def _postpone_feed(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    return feeds.postpone(session, item_id, until)


def _park_feed(session: Session, item_id: int, now: dt.datetime) -> bool:
    return feeds.give_up(session, item_id, FEED_PARKED)


def _take_up_feed(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    return feeds.set_status(session, item_id, "active", now)


def _postpone_check(session: Session, item_id: int, until: dt.datetime, now: dt.datetime) -> bool:
    tokens.check_from(session, item_id, until - CHECK_EVERY)
    return True


def _park_check(session: Session, item_id: int, now: dt.datetime) -> bool:
    tokens.check_from(session, item_id, now)
    return True


def _take_up_check(session: Session, item_id: int, operator: str, now: dt.datetime) -> bool:
    tokens.check_from(session, item_id, now - CHECK_EVERY - OVERDUE)
    return True


def _by(operator: str) -> Step:
    return Step(f"tried again by {operator}", OK)


def _nudge_delivery(queue: TaskQueue) -> None:
    queue.nudge_delivery()


def _nudge_ingest(queue: TaskQueue) -> None:
    queue.nudge_ingest()


DELIVERY = Kind("delivery", "Send", "utterance", _postpone_send, _park_send, _take_up_send, nudge=_nudge_delivery)
GENERATION = Kind("generation", "Text to write", "utterance", _postpone_plan, parking.park, _take_up_plan)
JOB = Kind("job", "Reading of a chat", "job", _postpone_job, jobs.park, _take_up_job)
UPDATE = Kind("update", "Update", "update", _postpone_update, _park_update, _take_up_update, nudge=_nudge_ingest)
FEED = Kind("feed", "News feed", "feed", _postpone_feed, _park_feed, _take_up_feed, recurs=True)
TOKEN_CHECK = Kind("token_check", "Token check", "bot", _postpone_check, _park_check, _take_up_check, recurs=True)

KINDS: tuple[Kind, ...] = (DELIVERY, GENERATION, JOB, UPDATE, FEED, TOKEN_CHECK)
