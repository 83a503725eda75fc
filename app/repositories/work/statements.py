"""How long a statement may take."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

QUERY_CANCELED = "57014"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""

BOUND = text("select set_config('statement_timeout', :ms, true)")


def bound_statements(session: Session, seconds: float) -> None:
    """Until the transaction ends, Postgres cuts off every statement that takes longer."""
    session.execute(BOUND, {"ms": str(int(seconds * 1000))})


def was_refused(error: DBAPIError) -> bool:
    """Whether Postgres itself answered with the error, rather than not at all."""
    return getattr(error.orig, "pgcode", None) is not None


def was_cut_off(error: DBAPIError) -> bool:
    """Whether a statement ended because it took too long."""
    return getattr(error.orig, "pgcode", None) == QUERY_CANCELED
