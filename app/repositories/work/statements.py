"""Timeouts of statements, and the errors they raise."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

QUERY_CANCELED = "57014"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""

BOUND = text("select set_config('statement_timeout', :ms, true)")


def bound_statements(session: Session, seconds: float) -> None:
    """Sets the statement timeout until the transaction ends."""
    session.execute(BOUND, {"ms": str(int(seconds * 1000))})


def was_cut_off(error: DBAPIError) -> bool:
    """Returns whether a statement was cancelled by the timeout."""
    return getattr(error.orig, "pgcode", None) == QUERY_CANCELED
