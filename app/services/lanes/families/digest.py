"""Digests: what each chat talks about, in bulk and for operators' eyes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain import digests
from app.domain.digests import DigestItem, read_digest
from app.domain.leaks import PrivateContext
from app.domain.money import Budgets
from app.domain.safety.injection import is_instruction, neutralise, screen
from app.domain.settings import FleetSettings
from app.repositories import attempts, jobs
from app.repositories.jobs import PlannedJob
from app.services.lanes.ports import Answered, GenerationPorts


class DigestFamily:
    """Jobs from plan to digest."""

    name = "digest"
    schema = digests.SCHEMA

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many jobs of a lane wait to be claimed."""
        return jobs.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` jobs that may ride together."""
        return jobs.claim(session, lanes, now, lease_until, limit)

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """The claimed jobs with all that their prompts need."""
        return jobs.gather(session, ids, day, budgets)

    def prepare(
        self, ports: GenerationPorts, plans: Sequence[PlannedJob], settings: FleetSettings
    ) -> tuple[DigestItem, ...]:
        """One prompt item a job."""
        return tuple(
            DigestItem(plan.id, neutralise(plan.chat_title), plan.language, tuple(map(screen, plan.messages)))
            for plan in plans
        )

    def build_messages(self, items: Sequence[DigestItem]) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`."""
        return digests.build_messages(items)

    def answer_budget(self, items: Sequence[DigestItem]) -> int:
        """The most tokens the answer to `items` may take."""
        return digests.answer_budget(items)

    def private_context(self, item: DigestItem) -> PrivateContext:
        """What was said in the item's chat."""
        return PrivateContext(tuple(message.text for message in item.messages))

    def cache_key(self, item: DigestItem) -> str | None:
        """The whole prompt: the same messages of the same chat."""
        return digests.fingerprint(item)

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """Topics and summary; None when a part is missing."""
        digest = read_digest(answer)
        return " ".join((*digest.topics, digest.summary)) if digest else None

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: FleetSettings) -> None:
        """Each answer becomes its chat's digest; one that orders a model about is kept nowhere."""
        for one in answered:
            digest = read_digest(one.answer)
            if digest is None:
                continue
            if any(map(is_instruction, (digest.summary, *digest.topics))):
                jobs.discard(session, one.plan.id, "obeys_an_injection", now)
            else:
                jobs.finish_digest(session, one.plan.id, digest.as_json(), now)

    def release(self, session: Session, ids: Collection[int], now: dt.datetime) -> None:
        """Gives jobs back to their lane, where they keep their place."""
        attempts.release(session, "llm_jobs", ids)

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Returns jobs without a usable answer to their lane."""
        attempts.count_attempt(session, "llm_jobs", ids, now, alone)

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Ends a job without an answer."""
        jobs.discard(session, plan_id, reason, now)
