"""Chat messages: what bots say, never taken from a cache."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import metrics
from app.domain import prompting
from app.domain.behaviour.timing import typing_time
from app.domain.leaks import PrivateContext
from app.domain.money import SHORTER_SHARE, Budgets, Saving, saving_of
from app.domain.postprocess import Draft, Refused, finish
from app.domain.prompting import PromptItem
from app.domain.settings import FleetSettings
from app.domain.settings_book import SettingsBook
from app.repositories import attempts, utterances
from app.repositories.utterances import PlannedUtterance, ReadyDraft
from app.services.lanes.ports import Answered, GenerationPorts
from app.services.profiles import load_profiles

CANARY_BYTES = 6


class ChatFamily:
    """Utterances from plan to draft."""

    name = "chat"
    schema = prompting.SCHEMA

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many plans of a lane wait to be claimed."""
        return utterances.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` plans that may ride together."""
        return utterances.claim_planned(session, lanes, now, lease_until, limit)

    def gather(
        self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets
    ) -> Sequence[PlannedUtterance]:
        """The claimed plans with all that their prompts need."""
        return utterances.gather(session, ids, day, budgets)

    def prepare(
        self, ports: GenerationPorts, plans: Sequence[PlannedUtterance], settings: SettingsBook
    ) -> tuple[PromptItem, ...]:
        """One prompt item a plan; a bot or chat that saves is asked for fewer words."""
        versions = {plan.bot_id: plan.persona_version for plan in plans}
        profiles = load_profiles(ports.sessions, ports.cache, versions)
        return tuple(
            PromptItem(
                utterance_id=plan.id,
                bot=profiles[plan.bot_id],
                chat_title=plan.chat_title,
                chat_topics=plan.chat_topics,
                messages=plan.messages,
                target=plan.target,
                topic=plan.topic,
                max_words=_max_words(plan, settings.of(bot_id=plan.bot_id, chat_id=plan.chat_id)),
                canary=canary_of(plan.id),
            )
            for plan in plans
        )

    def build_messages(self, items: Sequence[PromptItem]) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`."""
        return prompting.build_messages(items)

    def answer_budget(self, items: Sequence[PromptItem]) -> int:
        """The most tokens the answer to `items` may take."""
        return prompting.answer_budget(items)

    def private_context(self, item: PromptItem) -> PrivateContext:
        """What people said in the item's chat, and what its bot holds.

        What our bots said there is theirs to say anywhere: models repeat themselves, and that gives nothing away.
        """
        said = (message for message in (*item.messages, item.target) if message is not None)
        heard = (message.text for message in said if message.author_bot_id is None)
        return PrivateContext((*heard, *(stance.position for stance in item.bot.stances)), item.canary)

    def cache_key(self, item: PromptItem) -> str | None:
        """None: a bot never says what was made for an earlier moment."""
        return None

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """The message; None when there is none."""
        text = answer.get("text")
        return text if isinstance(text, str) and text.strip() else None

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Drafts become messages with their typing times, in one statement, or are discarded with their reasons."""
        ready: list[ReadyDraft] = []
        for one in answered:
            draft = _finish(one.plan, one.item, str(one.answer["text"]), now, settings)
            if isinstance(draft, ReadyDraft):
                ready.append(draft)
                continue
            utterances.discard(session, one.plan.id, draft.reason, str(one.answer["text"]), now)
            metrics.UTTERANCES.labels("discarded", draft.reason).inc()
        metrics.UTTERANCES.labels("ready", "").inc(utterances.make_ready(session, ready) if ready else 0)

    def release(self, session: Session, ids: Collection[int], now: dt.datetime) -> None:
        """Gives plans back to their lane, where they keep their place."""
        attempts.release(session, "utterances", ids)

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Returns plans without a usable answer to their lane."""
        attempts.count_attempt(session, "utterances", ids, now, alone)

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Ends a plan without an answer."""
        utterances.discard(session, plan_id, reason, None, now)
        metrics.UTTERANCES.labels("discarded", reason).inc()


def canary_of(utterance_id: int) -> str:
    """A word that stands in one prompt item only: an answer to another one that holds it has leaked."""
    return hashlib.blake2s(str(utterance_id).encode(), digest_size=CANARY_BYTES).hexdigest()


def _max_words(plan: PlannedUtterance, settings: FleetSettings) -> int:
    most = plan.max_words or settings.max_words
    if saving_of(plan.purses.values()) < Saving.SHORTER:
        return most
    return max(5, round(most * SHORTER_SHARE))


def _finish(
    plan: PlannedUtterance, item: PromptItem, text: str, now: dt.datetime, settings: SettingsBook
) -> ReadyDraft | Refused:
    recent = {message.text for message in plan.messages if message.author_bot_id is not None}
    finished = finish(text, Draft(item.bot.display_name, item.max_words, recent))
    if isinstance(finished, Refused):
        return finished
    typing_at = max(now, plan.planned_at + dt.timedelta(seconds=plan.reading_s))
    longest_s = settings.of(bot_id=plan.bot_id, chat_id=plan.chat_id).typing_max_s
    typing_s = typing_time(finished, item.bot.words_per_minute, longest_s)
    return ReadyDraft(plan.id, finished, typing_at, typing_at + dt.timedelta(seconds=typing_s))
