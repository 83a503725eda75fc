"""Chat messages: what bots say, never taken from a cache."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import metrics
from app.domain import prompting
from app.domain.leaks import PrivateContext, canary_of
from app.domain.money import SHORTER_SHARE, Budgets, Saving, saving_of
from app.domain.postprocess.language import load_model
from app.domain.postprocess.requests import ask_for_rewrite
from app.domain.prompting import PromptItem
from app.domain.safety.injection import neutralise, screen
from app.domain.settings import FleetSettings
from app.repositories import attempts, utterances
from app.repositories.utterances import PlannedUtterance
from app.services.lanes.families.chat_drafts import finish_drafts
from app.services.lanes.ports import Answered, GenerationPorts
from app.services.profiles import load_profiles


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
        self, ports: GenerationPorts, plans: Sequence[PlannedUtterance], settings: FleetSettings
    ) -> tuple[PromptItem, ...]:
        """One prompt item a plan; a bot or chat that saves is asked for fewer words.

        What judges the answers is loaded now, while no transaction is open and nobody's answer is there yet.
        """
        load_model()
        versions = {plan.bot_id: plan.persona_version for plan in plans}
        profiles = load_profiles(ports.sessions, ports.cache, versions)
        return tuple(
            PromptItem(
                utterance_id=plan.id,
                bot=profiles[plan.bot_id],
                chat_title=neutralise(plan.chat_title),
                chat_topics=plan.chat_topics,
                messages=tuple(map(screen, plan.messages)),
                target=screen(plan.target) if plan.target else None,
                topic=plan.topic,
                max_words=_max_words(plan, settings),
                canary=canary_of(plan.id),
                rewrite=ask_for_rewrite(plan.rewrite_reason),
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

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: FleetSettings) -> None:
        """Drafts become messages with their typing times, are asked for once more, or end with their reasons."""
        finish_drafts(session, answered, now, settings)

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


def _max_words(plan: PlannedUtterance, settings: FleetSettings) -> int:
    if saving_of(plan.purses.values()) < Saving.SHORTER:
        return settings.max_words
    return max(5, round(settings.max_words * SHORTER_SHARE))
