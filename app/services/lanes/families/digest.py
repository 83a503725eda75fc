"""Digests: what each chat talks about, in bulk and for operators' eyes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.lanes import digests
from app.domain.lanes.digests import read_digest
from app.domain.lanes.excerpts import Excerpt
from app.domain.money import Budgets
from app.domain.safety.injection import is_instruction
from app.domain.settings_book import SettingsBook
from app.repositories.lanes import jobs
from app.repositories.lanes.jobs import PlannedJob
from app.services.lanes.families.jobs import JobFamily
from app.services.lanes.ports import Answered


class DigestFamily(JobFamily):
    """Jobs from plan to digest."""

    name = "digest"
    rules, schema = digests.RULES, digests.SCHEMA

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """The claimed jobs with all that their prompts need."""
        return jobs.gather(session, ids, day, budgets)

    def answer_budget(self, items: Sequence[Excerpt]) -> int:
        """The most tokens the answer to `items` may take."""
        return digests.answer_budget(items)

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """Topics and summary; None when a part is missing."""
        digest = read_digest(answer)
        return " ".join((*digest.topics, digest.summary)) if digest else None

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Each answer becomes its chat's digest; one that orders a model about is kept nowhere."""
        for one in answered:
            digest = read_digest(one.answer)
            if digest is None:
                continue
            if any(map(is_instruction, (digest.summary, *digest.topics))):
                jobs.discard(session, one.plan.id, "obeys_an_injection", now)
            else:
                jobs.finish_digest(session, one.plan.id, digest.as_json(), now)
