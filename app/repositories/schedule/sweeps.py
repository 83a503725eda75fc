"""What was left hanging, found by its due time or its lease."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session


def abandon_requests(session: Session, now: dt.datetime) -> int:
    """Ledger rows whose worker died are closed as `abandoned`."""
    return _count(
        session,
        "update llm_requests set outcome = 'abandoned' where outcome = 'in_flight' and lease_until < :now",
        now=now,
    )


def _count(session: Session, statement: str, **params: object) -> int:
    """How many rows `statement` changed."""
    return cast("CursorResult[Any]", session.execute(text(statement), params)).rowcount
