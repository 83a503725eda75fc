"""Chat messages: what bots say, never taken from a cache."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app import metrics
from app.domain import prompting
from app.domain.analysis.language import load_model
from app.domain.fleet.persona import BotProfile
from app.domain.lanes.leaks import PrivateContext, canary_of
from app.domain.money import SHORTER_SHARE, Budgets, Saving, saving_of
from app.domain.ports import Recall
from app.domain.postprocess.requests import ask_for_rewrite
from app.domain.prompting import PromptItem
from app.domain.prompting.lines import choose_lines, choose_statements
from app.domain.safety.injection import neutralise, screen
from app.domain.settings import FleetSettings
from app.domain.settings_book import SettingsBook
from app.repositories.utterances import generation, prompts
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.fleet.profiles import load_profiles
from app.services.lanes.families.chat_drafts import finish_drafts
from app.services.lanes.ports import Answered, GenerationPorts
from app.services.lanes.threads import ChatThreads


class ChatFamily:
    """Utterances from plan to draft."""

    name = "chat"
    schema = prompting.SCHEMA

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many plans of a lane wait to be claimed."""
        return generation.count_waiting(session, lane, now)

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` plans that may ride together."""
        return generation.claim_planned(session, lanes, now, lease_until, limit)

    def gather(
        self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets
    ) -> Sequence[PlannedUtterance]:
        """The claimed plans with all that their prompts need."""
        return prompts.gather(session, ids, day, budgets)

    def prepare(
        self, ports: GenerationPorts, plans: Sequence[PlannedUtterance], settings: SettingsBook
    ) -> tuple[PromptItem, ...]:
        """One prompt item a plan; a bot or chat that saves is asked for fewer words.

        What judges the answers is loaded now, while no transaction is open and nobody's answer is there yet.
        """
        load_model()
        versions = {plan.bot_id: plan.persona_version for plan in plans}
        profiles = load_profiles(ports.sessions, ports.cache, versions)
        rates = ports.chain[0].usage.read()
        owns = [settings.of(bot_id=plan.bot_id, chat_id=plan.chat_id) for plan in plans]
        facts = ports.memory.recall([Recall(plan.bot_id, plan.chat_id, _subject(plan)) for plan in plans])
        return tuple(
            _item(
                ports.threads,
                plan,
                profiles[plan.bot_id],
                facts=known,
                max_words=_max_words(plan, own),
                budget=rates.within_estimate(own.prompt_tokens),
            )
            for plan, known, own in zip(plans, facts, owns, strict=True)
        )

    def build_messages(self, items: Sequence[PromptItem]) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`."""
        return prompting.build_messages(items)

    def answer_budget(self, items: Sequence[PromptItem]) -> int:
        """The most tokens the answer to `items` may take."""
        return prompting.answer_budget(items)

    def private_context(self, item: PromptItem) -> PrivateContext:
        """What people said in the item's chat, what is remembered of it, and what its bot holds.

        What our bots said there is theirs to say anywhere: models repeat themselves, and that gives nothing away.
        """
        heard = (message.text for message in item.shown if message.author_bot_id is None)
        stances = (stance.position for stance in item.bot.stances)
        return PrivateContext((*heard, *item.facts, *stances), item.canary)

    def cache_key(self, item: PromptItem) -> str | None:
        """None: a bot never says what was made for an earlier moment."""
        return None

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """The message; None when there is none."""
        text = answer.get("text")
        return text if isinstance(text, str) and text.strip() else None

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Drafts become messages with their typing times, are asked for once more, or end with their reasons."""
        finish_drafts(session, answered, now, settings)

    def release(self, session: Session, ids: Collection[int], now: dt.datetime) -> None:
        """Gives plans back to their lane, where they keep their place."""
        generation.release(session, ids)

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Returns plans without a usable answer to their lane."""
        generation.count_attempt(session, ids, now, alone)

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Ends a plan without an answer."""
        generation.refuse(session, plan_id, reason, None, now)
        metrics.UTTERANCES.labels("discarded", reason).inc()


def _item(
    threads: ChatThreads,
    plan: PlannedUtterance,
    bot: BotProfile,
    *,
    facts: Sequence[str],
    max_words: int,
    budget: int,
) -> PromptItem:
    parents = threads.link(plan.chat_id, plan.messages) if plan.target else {}
    lines = choose_lines(plan.messages, parents, plan.target)
    return PromptItem(
        utterance_id=plan.id,
        bot=bot,
        chat_title=neutralise(plan.chat_title),
        chat_topics=plan.chat_topics,
        messages=tuple(map(screen, lines.newest)),
        target=screen(plan.target) if plan.target else None,
        topic=plan.topic,
        max_words=max_words,
        canary=canary_of(plan.id),
        thread=tuple(map(screen, lines.thread)),
        facts=tuple(map(neutralise, facts)),
        said_before=choose_statements(plan.own_texts, _subject(plan)),
        token_budget=budget,
        rewrite=ask_for_rewrite(plan.rewrite_reason),
    )


def _subject(plan: PlannedUtterance) -> str:
    """What the plan is about, in words."""
    return " ".join(filter(None, (plan.topic, plan.target.text if plan.target else None)))


def _max_words(plan: PlannedUtterance, settings: FleetSettings) -> int:
    most = plan.max_words or settings.max_words
    if saving_of(plan.daily_budgets.values()) < Saving.SHORTER:
        return most
    return max(5, round(most * SHORTER_SHARE))
