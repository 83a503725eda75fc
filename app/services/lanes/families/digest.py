"""Digests of each chat's topics, in bulk, for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.lanes import digests
from app.domain.lanes.digests import Digest, read_digest
from app.domain.lanes.excerpts import Excerpt
from app.domain.safety.injection import is_instruction
from app.domain.settings.book import SettingsBook
from app.repositories.lanes import jobs
from app.repositories.lanes.jobs import PlannedJob
from app.services.lanes.families.jobs import ExcerptPrompts, JobPlans
from app.services.lanes.family import Answer, Answered, Family, Write


class DigestAnswers:
    """Turns each answer into its chat's digest; one that gives a model instructions is not stored."""

    def text_of(self, answer: Answer) -> str | None:
        """Topics and summary; None when a part is missing."""
        digest = read_digest(answer)
        return " ".join((*digest.topics, digest.summary)) if digest else None

    def judge(
        self,
        sessions: SessionFactory,
        answered: Sequence[Answered[PlannedJob, Excerpt]],
        now: dt.datetime,
        settings: SettingsBook,
    ) -> Write:
        """Separates digests from instructions; reads nothing from the database."""
        read = [(one.plan.id, digest) for one in answered if (digest := read_digest(one.answer))]
        judged = [(job_id, None if _gives_orders(digest) else digest) for job_id, digest in read]
        return partial(_store, judged=judged, now=now)


def _gives_orders(digest: Digest) -> bool:
    return any(map(is_instruction, (digest.summary, *digest.topics)))


def _store(session: Session, judged: Sequence[tuple[int, Digest | None]], now: dt.datetime) -> None:
    for job_id, digest in judged:
        if digest is None:
            jobs.discard(session, job_id, "obeys_an_injection", now)
        else:
            jobs.finish_digest(session, job_id, digest.as_json(), now)


DIGEST = Family(
    "digest",
    JobPlans(jobs.recent_messages),
    ExcerptPrompts(digests.WORDING, digests.schema, digests.answer_budget),
    DigestAnswers(),
)
