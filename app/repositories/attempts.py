"""What utterances and jobs share on their way through a lane: leases that end, attempts that count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Literal

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

Table = Literal["utterances", "llm_jobs"]

ALONE = 2
"""Failed attempts after which a plan rides alone."""

MAX_ATTEMPTS = ALONE + 3
"""A plan that failed three times alone is given up."""


def release(session: Session, table: Table, ids: Collection[int]) -> None:
    """Gives claimed plans back to their lane, where they keep their place."""
    session.execute(_BACK[table], {"ids": list(ids)})


def count_attempt(session: Session, table: Table, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
    """Returns plans without a usable answer to their lane, behind what waits by now, in smaller company or `alone`.

    A plan that failed too often is discarded.
    """
    least = ALONE if alone else 1
    session.execute(_FAILED[table], {"ids": list(ids), "now": now, "least": least, "most": MAX_ATTEMPTS})


def recover(session: Session, table: Table, now: dt.datetime) -> int:
    """Plans whose worker died go back to their lane, counted as an attempt; returns how many."""
    return len(session.execute(_LOST[table], {"now": now, "most": MAX_ATTEMPTS}).all())


def _statements(template: str) -> dict[Table, TextClause]:
    """The same statement for both tables: names cannot be parameters."""
    tables: tuple[Table, ...] = ("utterances", "llm_jobs")
    return {table: text(template.replace("{table}", table)) for table in tables}


_BACK = _statements("""
    update {table} set lease_until = null, state = 'planned' where id = any(:ids) and state = 'generating'
""")

_FAILED = _statements("""
    update {table} set lease_until = null, available_at = :now, attempts = greatest(attempts + 1, :least),
        state = case when attempts + 1 >= :most then 'discarded' else 'planned' end,
        reason = case when attempts + 1 >= :most then 'no_usable_answer' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where id = any(:ids) and state = 'generating'
""")

_LOST = _statements("""
    update {table} set lease_until = null, available_at = :now, attempts = attempts + 1,
        state = case when attempts + 1 >= :most then 'discarded' else 'planned' end,
        reason = case when attempts + 1 >= :most then 'generation_interrupted' end,
        finished_at = case when attempts + 1 >= :most then cast(:now as timestamptz) end
    where state = 'generating' and lease_until < :now returning id
""")
