"""Decisions on drafts of chat messages: ready, rewritten once, or discarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain.behaviour.timing import typing_time
from app.domain.postprocess import DraftContext, RecentTexts, Refused, finish
from app.domain.postprocess.chat_members import ChatMembers
from app.domain.prompting import PromptItem
from app.domain.safety import SafetyPolicy
from app.domain.safety.injection import find_demands
from app.domain.settings import FleetSettings
from app.domain.settings.book import SettingsBook
from app.repositories.conversation import members as chat_members
from app.repositories.utterances import generation
from app.repositories.utterances.generation import ReadyDraft, RefusedDraft
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.lanes.family import Answer, Answered, Write
from app.services.utterances.life import log_step, log_steps

Draft = Answered[PlannedUtterance, PromptItem]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the drafts of a batch are checked against: members of their chats, recent texts of the fleet."""

    members: Mapping[int, ChatMembers]
    said: Sequence[str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Texts that may be sent, drafts to be rewritten, and discarded drafts."""

    ready: Sequence[ReadyDraft]
    again: Sequence[RefusedDraft]
    refused: Sequence[RefusedDraft]


class ChatAnswers:
    """Turns drafts into messages with typing times, requests a rewrite, or discards them with a reason."""

    def text_of(self, answer: Answer) -> str | None:
        """The message; None when there is none."""
        text = answer.get("text")
        return text if isinstance(text, str) and text.strip() else None

    def judge(
        self, sessions: SessionFactory, answered: Sequence[Draft], now: dt.datetime, settings: SettingsBook
    ) -> Write:
        """Loads what drafts are checked against in two statements, and decides on all with no session open."""
        with sessions() as session:
            surroundings = _look_around(session, answered, now, settings.fleet)
        return partial(store_decisions, decisions=decide_drafts(answered, surroundings, now, settings), now=now)


def decide_drafts(
    answered: Sequence[Draft], surroundings: Surroundings, now: dt.datetime, settings: SettingsBook
) -> Decisions:
    """Decides on drafts in order: none may repeat a recent text of the fleet, or another one of the batch."""
    fleet = settings.fleet
    recent_texts = RecentTexts(surroundings.said, fleet.near_duplicate_similarity)
    policy = SafetyPolicy(fleet.allowed_hosts, fleet.blocked_words)
    ready: list[ReadyDraft] = []
    again: list[RefusedDraft] = []
    refused: list[RefusedDraft] = []
    for one in answered:
        plan, text = one.plan, str(one.answer["text"])
        finished = finish(text, context_of(one, surroundings.members.get(plan.chat_id), recent_texts, policy))
        if isinstance(finished, Refused):
            (again if plan.rewrite_reason is None else refused).append(RefusedDraft(plan.id, finished.reason, text))
            continue
        recent_texts.add(finished)
        ready.append(_time(one, finished, now, settings.of(bot_id=plan.bot_id, chat_id=plan.chat_id)))
    return Decisions(ready, again, refused)


def store_decisions(session: Session, decisions: Decisions, now: dt.datetime) -> None:
    """Stores each kind of decision in one statement; an utterance that left `generating` is not changed."""
    if decisions.ready:
        made = generation.make_ready(session, decisions.ready)
        metrics.UTTERANCES.labels("ready", "").inc(len(made))
        log_steps(session, "ready", made)
    if decisions.again:
        _report(session, "rewrite", "rewritten", decisions.again, generation.ask_again(session, decisions.again, now))
    if decisions.refused:
        _report(
            session, "discarded", "discarded", decisions.refused, generation.refuse(session, decisions.refused, now)
        )


def context_of(
    draft: Draft, members: ChatMembers | None, recent_texts: RecentTexts, policy: SafetyPolicy
) -> DraftContext:
    """Returns all that one draft is checked against."""
    plan, item = draft.plan, draft.item
    shown = {message.id for message in item.shown}
    heard = [message for message in (*plan.messages, plan.target) if message is not None and message.id in shown]
    foreign = (plan.chat_title, *(text for message in heard for text in (message.text, message.author)))
    return DraftContext(
        speaker=item.bot.display_name,
        max_words=item.max_words,
        recent={message.text for message in plan.messages if message.author_bot_id is not None},
        recent_texts=recent_texts,
        seed=plan.id,
        voice=item.bot.emotion,
        languages=frozenset({item.bot.language, plan.chat_language}),
        members=members,
        stances=item.bot.stances,
        demands=tuple(demand for text in foreign for demand in find_demands(text)),
        policy=policy,
        canary=item.canary,
    )


def _look_around(
    session: Session, answered: Sequence[Draft], now: dt.datetime, settings: FleetSettings
) -> Surroundings:
    since = now - dt.timedelta(seconds=settings.repeat_horizon_s)
    return Surroundings(
        members=chat_members.read_chat_members(session, sorted({one.plan.chat_id for one in answered})),
        said=chat_members.said_lately(session, sorted({one.plan.bot_id for one in answered}), since),
    )


def _report(session: Session, counted: str, state: str, drafts: Sequence[RefusedDraft], changed: Sequence[int]) -> None:
    for draft in drafts:
        if draft.utterance_id in changed:
            metrics.UTTERANCES.labels(counted, draft.reason).inc()
            log_step(session, state, draft.utterance_id, reason=draft.reason)


def _time(draft: Draft, text: str, now: dt.datetime, settings: FleetSettings) -> ReadyDraft:
    plan = draft.plan
    typing_at = max(now, plan.planned_at + dt.timedelta(seconds=plan.reading_s))
    typing_s = typing_time(text, draft.item.bot.words_per_minute, settings.typing_max_s)
    return ReadyDraft(plan.id, text, typing_at, typing_at + dt.timedelta(seconds=typing_s))
