"""Prompts of chat messages: one item an utterance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain import prompting
from app.domain.analysis.language import load_model
from app.domain.fleet.persona import BotProfile
from app.domain.lanes.leaks import PrivateContext, canary_of
from app.domain.money import SHORTER_SHARE, Saving, saving_of
from app.domain.ports import Recall
from app.domain.postprocess.requests import ask_for_rewrite
from app.domain.prompting import FULL, Form, PromptItem
from app.domain.prompting.lines import choose_lines, choose_statements
from app.domain.prompting.token_rates import TokenRates
from app.domain.safety.injection import neutralise, screen
from app.domain.settings import FleetSettings
from app.domain.settings.book import SettingsBook
from app.repositories.utterances.prompts import PlannedUtterance
from app.services.fleet.profiles import load_profiles
from app.services.lanes.family import PromptSources
from app.services.lanes.threads import ChatThreads


class ChatPrompts:
    """Builds prompts with a persona, its chat, and the bot's memory of it, in one of the forms of LLM_PROMPT."""

    def __init__(self, form: Form = FULL) -> None:
        self._form = form

    @property
    def wording(self) -> str:
        """The version of the wording."""
        return self._form.wording.version

    def prepare(
        self, sources: PromptSources, plans: Sequence[PlannedUtterance], settings: SettingsBook
    ) -> tuple[PromptItem, ...]:
        """Returns one prompt item a plan; a bot or chat that saves is limited to fewer words.

        The language identifier that checks drafts is loaded now, while no transaction is open and no answer waits.
        """
        load_model()
        versions = {plan.bot_id: plan.persona_version for plan in plans}
        profiles = load_profiles(sources.sessions, sources.cache, versions)
        facts = sources.memory.recall([Recall(plan.bot_id, plan.chat_id, _subject(plan)) for plan in plans])
        return tuple(
            _item(
                sources.threads,
                plan,
                profiles[plan.bot_id],
                facts=known,
                settings=settings.of(bot_id=plan.bot_id, chat_id=plan.chat_id),
                now=sources.now,
            )
            for plan, known in zip(plans, facts, strict=True)
        )

    def schema(self, count: int) -> Mapping[str, Any]:
        """The JSON schema of an answer to `count` items."""
        return prompting.schema(count)

    def build_messages(self, items: Sequence[PromptItem], rates: TokenRates) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items` to the provider whose token rates are given."""
        return prompting.build_messages(items, rates, self._form)

    def answer_budget(self, items: Sequence[PromptItem]) -> int:
        """The most tokens the answer to `items` may take."""
        return prompting.answer_budget(items)

    def private_context(self, item: PromptItem) -> PrivateContext:
        """Returns people's messages in the item's chat, the bot's memory of it, its stances and examples.

        Our bots' own messages are left out: models repeat themselves, and that leaks nothing. What the bot may see of
        its own chat without having it in its prompt may stand there for another item, and is its to repeat.
        """
        heard = (message.text for message in item.shown if message.author_bot_id is None)
        stances = (stance.position for stance in item.bot.stances)
        seen = tuple(message.text for message in item.visible)
        return PrivateContext((*heard, *item.facts, *stances, *item.bot.examples), item.canary, seen)

    def cache_key(self, item: PromptItem) -> str | None:
        """Returns None: a bot never reuses an answer from an earlier moment."""
        return None


def _item(
    threads: ChatThreads,
    plan: PlannedUtterance,
    bot: BotProfile,
    *,
    facts: Sequence[str],
    settings: FleetSettings,
    now: dt.datetime,
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
        max_words=_max_words(plan, settings),
        canary=canary_of(plan.id),
        thread=tuple(map(screen, lines.thread)),
        facts=tuple(map(neutralise, facts)),
        said_before=choose_statements(plan.own_texts, _subject(plan)),
        token_budget=settings.prompt_tokens,
        rewrite=ask_for_rewrite(plan.rewrite_reason),
        chat_id=plan.chat_id,
        visible=plan.messages,
        now=now,
    )


def _subject(plan: PlannedUtterance) -> str:
    """Returns the plan's subject in words."""
    return " ".join(filter(None, (plan.topic, plan.target.text if plan.target else None)))


def _max_words(plan: PlannedUtterance, settings: FleetSettings) -> int:
    most = plan.max_words or settings.max_words
    if saving_of(plan.daily_budgets.values()) < Saving.SHORTER:
        return most
    return max(5, round(most * SHORTER_SHARE))
