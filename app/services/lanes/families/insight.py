"""Insights: what single messages are about, in bulk and never ahead of a chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain import insights as prompts
from app.domain.insights import InsightItem, read_insights
from app.domain.leaks import PrivateContext
from app.domain.money import Budgets
from app.domain.settings_book import SettingsBook
from app.repositories import insights, jobs
from app.repositories.insights import NewInsight
from app.repositories.jobs import PlannedJob
from app.services.lanes.families.jobs import JobFamily
from app.services.lanes.ports import Answered, GenerationPorts


class InsightFamily(JobFamily):
    """Jobs from plan to insights."""

    name = "insight"
    schema = prompts.SCHEMA

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """The claimed jobs with the messages they are about."""
        return jobs.gather(session, ids, day, budgets, insights.messages_of)

    def prepare(
        self, ports: GenerationPorts, plans: Sequence[PlannedJob], settings: SettingsBook
    ) -> tuple[InsightItem, ...]:
        """One prompt item a job."""
        return tuple(InsightItem(plan.id, plan.chat_title, plan.language, plan.messages) for plan in plans)

    def build_messages(self, items: Sequence[InsightItem]) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`."""
        return prompts.build_messages(items)

    def answer_budget(self, items: Sequence[InsightItem]) -> int:
        """The most tokens the answer to `items` may take."""
        return prompts.answer_budget(items)

    def private_context(self, item: InsightItem) -> PrivateContext:
        """What was said in the item's chat."""
        return PrivateContext(tuple(message.text for message in item.messages))

    def cache_key(self, item: InsightItem) -> str | None:
        """The whole prompt: the same messages of the same chat."""
        return prompts.fingerprint(item)

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """Topics and summaries; None when not one insight can be used."""
        found = read_insights(answer)
        return " ".join(f"{insight.topic} {insight.summary}" for insight in found) or None

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Each answer becomes the insights of its messages."""
        for one in answered:
            messages = one.item.messages
            found = [
                NewInsight(messages[insight.place].id, insight)
                for insight in read_insights(one.answer)
                if insight.place < len(messages)
            ]
            insights.finish(session, one.plan.id, found, now)
