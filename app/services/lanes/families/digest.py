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
from app.domain.settings_book import SettingsBook
from app.repositories import jobs
from app.repositories.jobs import PlannedJob
from app.services.lanes.families.jobs import JobFamily
from app.services.lanes.ports import Answered, GenerationPorts


class DigestFamily(JobFamily):
    """Jobs from plan to digest."""

    name = "digest"
    schema = digests.SCHEMA

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """The claimed jobs with all that their prompts need."""
        return jobs.gather(session, ids, day, budgets)

    def prepare(
        self, ports: GenerationPorts, plans: Sequence[PlannedJob], settings: SettingsBook
    ) -> tuple[DigestItem, ...]:
        """One prompt item a job."""
        return tuple(DigestItem(plan.id, plan.chat_title, plan.language, plan.messages) for plan in plans)

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

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Each answer becomes its chat's digest."""
        for one in answered:
            digest = read_digest(one.answer)
            if digest is not None:
                jobs.finish_digest(session, one.plan.id, digest.as_json(), now)
