"""What was left hanging, found by its due time or its lease."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from app.domain.ingest.updates import UNRECOGNISED_OUTCOMES


def abandon_requests(session: Session, now: dt.datetime) -> int:
    """Ledger rows whose worker died are closed as `abandoned`."""
    return _count(
        session,
        "update llm_requests set outcome = 'abandoned' where outcome = 'in_flight' and lease_until < :now",
        now=now,
    )


def prune(session: Session, now: dt.datetime, inbox_days: int, history_days: int, spending_days: int) -> int:
    """Deletes finished inbox rows and jobs, ledger, utterances, messages and accounts past their retention.

    Updates that nobody understood are kept as long as the history. Returns how many rows that were.
    """
    inbox_before = now - dt.timedelta(days=inbox_days)
    history_before = now - dt.timedelta(days=history_days)
    deleted = _count(
        session,
        "delete from inbox_updates where done_at < :before"
        " and (done_at < :long_before or split_part(outcome, ':', 1) <> all(:unrecognised))",
        before=inbox_before,
        long_before=history_before,
        unrecognised=list(UNRECOGNISED_OUTCOMES),
    )
    deleted += _count(session, "delete from llm_requests where created_at < :before", before=history_before)
    deleted += _count(
        session,
        "delete from utterances where finished_at < :before and state <> 'unknown'",
        before=history_before,
    )
    # A job is planned before it is finished, and only `planned_at` has an index.
    deleted += _count(
        session,
        "delete from llm_jobs where planned_at < :before and finished_at < :before",
        before=history_before,
    )
    deleted += _count(
        session,
        "delete from spending where day < :before",
        before=(now - dt.timedelta(days=spending_days)).date(),
    )
    return deleted + _count(session, "delete from messages where created_at < :before", before=history_before)


def _count(session: Session, statement: str, **params: object) -> int:
    """How many rows `statement` changed."""
    return cast("CursorResult[Any]", session.execute(text(statement), params)).rowcount
