"""Sweeper of ledger rows whose lease ran out."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session


def abandon_requests(session: Session, now: dt.datetime) -> int:
    """Closes ledger rows whose lease ran out as `abandoned`; returns how many."""
    return _count(
        session,
        "update llm_requests set outcome = 'abandoned' where outcome = 'in_flight' and lease_until < :now",
        now=now,
    )


def _count(session: Session, statement: str, **params: object) -> int:
    """Runs `statement` and returns how many rows it changed."""
    return cast("CursorResult[Any]", session.execute(text(statement), params)).rowcount
