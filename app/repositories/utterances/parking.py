"""Utterances whose processing raised an error: postponed, parked, and unparked by an operator."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.behaviour.trace import Step
from app.repositories.utterances.sql import write

POSTPONE = write(
    "postpone",
    """
    update utterances set state = {new}, available_at = :at, lease_until = null,
        attempts = greatest(attempts, :attempts)
    where id = :id and state {old} returning id
    """,
)

PARK = write(
    "park",
    """
    with parked as (
        update utterances set state = {new}, reason = 'parked', finished_at = :now, lease_until = null
        where id = :id and state {old} returning id, mention_id
    ), closed as (
        update mentions n set status = 'expired', reason = 'parked' from parked p
        where n.id = p.mention_id and n.status = 'pending'
    )
    select id from parked
    """,
)

UNPARK_PLAN = write(
    "unpark_plan",
    """
    update utterances set state = {new}, reason = null, finished_at = null, lease_until = null, planned_at = :now,
        available_at = :now, typing_at = null, send_at = null, attempts = 0, notes = notes || cast(:note as jsonb)
    where id = :id and state {old} and reason = 'parked' returning id
    """,
)

UNPARK_SEND = write(
    "unpark_send",
    """
    update utterances set state = {new}, reason = null, finished_at = null, lease_until = null, planned_at = :now,
        available_at = :now, typing_at = :now, send_at = :now, notes = notes || cast(:note as jsonb)
    where id = :id and state {old} and reason = 'parked' returning id
    """,
)


def postpone_send(session: Session, utterance_id: int, until: dt.datetime) -> bool:
    """Ends the lease of a text whose step raised an error; its next step is due at `until`. False when not `ready`."""
    statement = text(
        "update utterances set available_at = :at, lease_until = null where id = :id and state = 'ready' returning id"
    )
    return session.scalar(statement, {"id": utterance_id, "at": until}) is not None


def postpone_plan(session: Session, utterance_id: int, until: dt.datetime, attempts: int) -> bool:
    """Returns a plan whose prompt or answer raised an error to its lane, due at `until`; False when not `generating`.

    Raises its attempts to `attempts` at least, so that it is claimed alone.
    """
    return session.scalar(POSTPONE, {"id": utterance_id, "at": until, "attempts": attempts}) is not None


def park(session: Session, utterance_id: int, now: dt.datetime) -> bool:
    """Parks an utterance before its send; False when it has ended or is being sent.

    Expires its mention: a second answer would fail in the same way.
    """
    return session.scalar(PARK, {"id": utterance_id, "now": now}) is not None


def unpark_plan(session: Session, utterance_id: int, note: Step, now: dt.datetime) -> bool:
    """Returns a parked utterance to its lane as if it had just been planned; False when it is not parked.

    Raises IntegrityError when its bot has another open utterance, or another bot has the chat's floor.
    """
    return session.scalar(UNPARK_PLAN, _params(utterance_id, note, now)) is not None


def unpark_send(session: Session, utterance_id: int, note: Step, now: dt.datetime) -> bool:
    """Makes a parked text `ready`; False when it is not parked. Raises IntegrityError as `unpark_plan` does."""
    return session.scalar(UNPARK_SEND, _params(utterance_id, note, now)) is not None


def _params(utterance_id: int, note: Step, now: dt.datetime) -> dict[str, object]:
    return {"id": utterance_id, "now": now, "note": json.dumps([note.as_json()])}
