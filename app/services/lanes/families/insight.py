"""Insights into single messages, in bulk, with less priority than chats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.lanes import insights as prompts
from app.domain.lanes.excerpts import Excerpt
from app.domain.lanes.insights import read_insights
from app.domain.settings.book import SettingsBook
from app.repositories.lanes import insights
from app.repositories.lanes.insights import NewInsight
from app.repositories.lanes.jobs import PlannedJob
from app.services.lanes.families.jobs import ExcerptPrompts, JobPlans
from app.services.lanes.family import Answer, Answered, Family, Write

Reading = Answered[PlannedJob, Excerpt]


class InsightAnswers:
    """Turns each answer into the insights of its messages."""

    def text_of(self, answer: Answer) -> str | None:
        """Returns topics and summaries; None when no insight is usable."""
        found = read_insights(answer)
        return " ".join(f"{insight.topic} {insight.summary}" for insight in found) or None

    def judge(
        self, sessions: SessionFactory, answered: Sequence[Reading], now: dt.datetime, settings: SettingsBook
    ) -> Write:
        """Matches each insight with its message; reads nothing from the database."""
        return partial(_store, found=[(one.plan.id, _insights_of(one)) for one in answered], now=now)


def _insights_of(one: Reading) -> list[NewInsight]:
    messages = one.item.messages
    return [
        NewInsight(messages[insight.place].id, insight)
        for insight in read_insights(one.answer)
        if insight.place < len(messages)
    ]


def _store(session: Session, found: Sequence[tuple[int, Sequence[NewInsight]]], now: dt.datetime) -> None:
    for job_id, new in found:
        insights.finish(session, job_id, new, now)


INSIGHT = Family(
    "insight",
    JobPlans(insights.messages_of),
    ExcerptPrompts(prompts.WORDING, prompts.schema, prompts.answer_budget),
    InsightAnswers(),
)
