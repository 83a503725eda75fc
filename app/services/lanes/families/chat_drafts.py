"""What becomes of the drafts of chat messages: ready, asked for once more, or silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import metrics
from app.domain.behaviour.timing import typing_time
from app.domain.postprocess import Draft, Echoes, Refused, finish
from app.domain.postprocess.company import Company
from app.domain.prompting import PromptItem
from app.domain.safety import SafetyPolicy
from app.domain.safety.injection import find_demands
from app.domain.settings import FleetSettings
from app.domain.settings_book import SettingsBook
from app.repositories.conversation import members as company
from app.repositories.utterances import generation
from app.repositories.utterances.generation import ReadyDraft
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.lanes.ports import Answered


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all drafts of a batch are held against: who is in their chats, and what the fleet said lately."""

    company: Mapping[int, Company]
    echoes: Echoes
    policy: SafetyPolicy


def finish_drafts(session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
    """Drafts become messages with their typing times, in one statement; a refused one is asked for once more, naming
    the reason, and ends with it when it is refused again.
    """
    surroundings = _look_around(session, answered, now, settings.fleet)
    ready: list[ReadyDraft] = []
    for one in answered:
        text = str(one.answer["text"])
        finished = finish(text, draft_for(one.plan, one.item, surroundings))
        if isinstance(finished, Refused):
            _refuse(session, one.plan, finished.reason, text, now)
            continue
        surroundings.echoes.add(finished)
        own = settings.of(bot_id=one.plan.bot_id, chat_id=one.plan.chat_id)
        ready.append(_time(one.plan, one.item, finished, now, own))
    metrics.UTTERANCES.labels("ready", "").inc(generation.make_ready(session, ready) if ready else 0)


def draft_for(plan: PlannedUtterance, item: PromptItem, surroundings: Surroundings) -> Draft:
    """All that one draft is held against."""
    shown = {message.id for message in item.shown}
    heard = [message for message in (*plan.messages, plan.target) if message is not None and message.id in shown]
    foreign = (plan.chat_title, *(text for message in heard for text in (message.text, message.author)))
    return Draft(
        speaker=item.bot.display_name,
        max_words=item.max_words,
        recent={message.text for message in plan.messages if message.author_bot_id is not None},
        echoes=surroundings.echoes,
        seed=plan.id,
        voice=item.bot.emotion,
        languages=frozenset({item.bot.language, plan.chat_language}),
        company=surroundings.company.get(plan.chat_id),
        stances=item.bot.stances,
        demands=tuple(demand for text in foreign for demand in find_demands(text)),
        policy=surroundings.policy,
        canary=item.canary,
    )


def _look_around(
    session: Session, answered: Sequence[Answered], now: dt.datetime, settings: FleetSettings
) -> Surroundings:
    since = now - dt.timedelta(seconds=settings.repeat_horizon_s)
    said = company.said_lately(session, sorted({one.plan.bot_id for one in answered}), since)
    return Surroundings(
        company=company.company_of(session, sorted({one.plan.chat_id for one in answered})),
        echoes=Echoes(said, settings.near_duplicate_similarity),
        policy=SafetyPolicy(settings.allowed_hosts, settings.blocked_words),
    )


def _refuse(session: Session, plan: PlannedUtterance, reason: str, text: str, now: dt.datetime) -> None:
    if plan.rewrite_reason is None and generation.ask_again(session, plan.id, reason, text, now):
        metrics.UTTERANCES.labels("rewrite", reason).inc()
        return
    generation.refuse(session, plan.id, reason, text, now)
    metrics.UTTERANCES.labels("discarded", reason).inc()


def _time(plan: PlannedUtterance, item: PromptItem, text: str, now: dt.datetime, settings: FleetSettings) -> ReadyDraft:
    typing_at = max(now, plan.planned_at + dt.timedelta(seconds=plan.reading_s))
    typing_s = typing_time(text, item.bot.words_per_minute, settings.typing_max_s)
    return ReadyDraft(plan.id, text, typing_at, typing_at + dt.timedelta(seconds=typing_s))
