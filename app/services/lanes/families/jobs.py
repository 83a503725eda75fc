"""What families of jobs share: their plans are rows of `llm_jobs`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from app.repositories import attempts, jobs


class JobFamily:
    """Jobs that wait, are claimed, come back and end, whatever they are about."""

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many jobs of a lane wait to be claimed."""
        return jobs.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` jobs that may ride together."""
        return jobs.claim(session, lanes, now, lease_until, limit)

    def release(self, session: Session, ids: Collection[int], now: dt.datetime) -> None:
        """Gives jobs back to their lane, where they keep their place."""
        attempts.release(session, "llm_jobs", ids)

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Returns jobs without a usable answer to their lane."""
        attempts.count_attempt(session, "llm_jobs", ids, now, alone)

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Ends a job without an answer."""
        jobs.discard(session, plan_id, reason, now)
