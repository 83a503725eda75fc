"""Insights: what single messages are about, in bulk and never ahead of a chat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.lanes import insights as prompts
from app.domain.lanes.excerpts import Excerpt
from app.domain.lanes.insights import read_insights
from app.domain.money import Budgets
from app.domain.settings_book import SettingsBook
from app.repositories.lanes import insights, jobs
from app.repositories.lanes.insights import NewInsight
from app.repositories.lanes.jobs import PlannedJob
from app.services.lanes.families.jobs import JobFamily
from app.services.lanes.ports import Answered


class InsightFamily(JobFamily):
    """Jobs from plan to insights."""

    name = "insight"
    rules, schema = prompts.RULES, prompts.SCHEMA

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlannedJob]:
        """The claimed jobs with the messages they are about."""
        return jobs.gather(session, ids, day, budgets, insights.messages_of)

    def answer_budget(self, items: Sequence[Excerpt]) -> int:
        """The most tokens the answer to `items` may take."""
        return prompts.answer_budget(items)

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
