"""The store of chat plans: utterances that have no text yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from app import metrics
from app.domain.money import Budgets
from app.repositories.utterances import generation, prompts
from app.repositories.utterances.generation import RefusedDraft
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.utterances.life import log_moves, log_steps


class UtterancePlans:
    """Counts, claims, releases, retries and discards utterances."""

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many plans of a lane wait to be claimed."""
        return generation.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` plans that may share a request."""
        return generation.claim_planned(session, lanes, now, lease_until, limit)

    def gather(
        self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets
    ) -> Sequence[PlannedUtterance]:
        """The claimed plans with all that their prompts need."""
        return prompts.gather(session, ids, day, budgets)

    def release(self, session: Session, ids: Collection[int], behind: dt.datetime | None = None) -> None:
        """Returns plans to their lane: to their old place, or `behind` all that were available by then."""
        log_moves(session, generation.release(session, ids, behind), "given_back")

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Counts an attempt and returns plans without a usable answer to their lane."""
        log_moves(session, generation.count_attempt(session, ids, now, alone), "no_usable_answer")

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Discards a plan with a reason."""
        log_steps(session, "discarded", generation.refuse(session, [RefusedDraft(plan_id, reason)], now), reason=reason)
        metrics.UTTERANCES.labels("discarded", reason).inc()
