"""Shared parts of job families: plans are rows of `llm_jobs`, prompts are excerpts of chats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain.lanes.excerpts import Excerpt, build_messages, fingerprint
from app.domain.lanes.leaks import PrivateContext
from app.domain.money import Budgets
from app.domain.prompting.token_rates import TokenRates
from app.domain.prompting.wording import Wording
from app.domain.safety.injection import neutralise, screen
from app.domain.settings.book import SettingsBook
from app.repositories.lanes import jobs
from app.repositories.lanes.jobs import PlannedJob, Reader
from app.services.lanes.family import PromptSources


@dataclass(frozen=True, slots=True)
class JobPlans:
    """Counts, claims, releases, retries and discards jobs; `read` loads their messages."""

    read: Reader

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many jobs of a lane wait to be claimed."""
        return jobs.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` jobs that may share a request."""
        return jobs.claim(session, lanes, now, lease_until, limit)

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """Returns the claimed jobs with their messages."""
        return jobs.gather(session, ids, day, budgets, self.read)

    def release(self, session: Session, ids: Collection[int], behind: dt.datetime | None = None) -> None:
        """Returns jobs to their lane: to their old place, or `behind` all that were available by then."""
        jobs.release(session, ids, behind)

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Counts an attempt and returns jobs without a usable answer to their lane."""
        jobs.count_attempt(session, ids, now, alone)

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Discards a job with a reason."""
        jobs.discard(session, plan_id, reason, now)


@dataclass(frozen=True, slots=True)
class ExcerptPrompts:
    """One excerpt of a chat a job. `words` hold the system message of every request, `budget` bounds the answer."""

    words: Wording
    schema: Callable[[int], Mapping[str, Any]]
    budget: Callable[[Sequence[Excerpt]], int]

    @property
    def wording(self) -> str:
        """The version of the wording."""
        return self.words.version

    def prepare(
        self, sources: PromptSources, plans: Sequence[PlannedJob], settings: SettingsBook
    ) -> tuple[Excerpt, ...]:
        """One excerpt a job."""
        return tuple(
            Excerpt(plan.id, neutralise(plan.chat_title), plan.language, tuple(map(screen, plan.messages)))
            for plan in plans
        )

    def build_messages(self, items: Sequence[Excerpt], rates: TokenRates) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`, of the same size for every provider."""
        return build_messages(self.words.rules, items)

    def answer_budget(self, items: Sequence[Excerpt]) -> int:
        """The most tokens the answer to `items` may take."""
        return self.budget(items)

    def private_context(self, item: Excerpt) -> PrivateContext:
        """Returns the messages of the item's chat."""
        return PrivateContext(tuple(message.text for message in item.messages))

    def cache_key(self, item: Excerpt) -> str | None:
        """The whole prompt: the same messages of the same chat."""
        return fingerprint(self.words.rules, item)
