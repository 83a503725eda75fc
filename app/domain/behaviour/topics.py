"""Choice of the topic that a bot opens: its stances and interests, the chat's topics, and headlines."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

from app.domain.behaviour.chance import draw
from app.domain.behaviour.texts import Texts, fold
from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView

FALLBACK = "what everyone is up to today"
MOST_TALK = 3
SHOWN = 12
"""Most subjects whose weights go into the trace, the heaviest first."""


def choose_topic(chat: ChatView, context: TickContext, now: dt.datetime, rng: random.Random) -> tuple[str | None, Step]:
    """Draws a subject by weight; None, with the reason, when the chat had a new topic lately or none is left.

    Topics are opened outside of Telegram's topics, so none is while Telegram refuses that.
    """
    if chat.resting != "no":
        return None, Step("choose_topic", "resting_here")
    last, gap_s = chat.last_topic_at, chat.settings.topic_gap_s
    if last is not None and (now - last).total_seconds() < gap_s:
        waited_s = (now - last).total_seconds()
        return None, Step("choose_topic", "topic_gap_not_over", {"waited_s": waited_s, "gap_s": gap_s})
    weights = weigh_subjects(chat, context, now)
    if not weights and not _has_subjects(chat, context):
        return FALLBACK, Step("choose_topic", FALLBACK)
    if not any(weights.values()):
        return None, Step("choose_topic", "no_topic_left")
    subjects = list(weights)
    index, roll = draw(list(weights.values()), rng)
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:SHOWN]
    return subjects[index], Step("choose_topic", subjects[index], {"roll": roll, **dict(heaviest)})


def weigh_subjects(chat: ChatView, context: TickContext, now: dt.datetime) -> dict[str, float]:
    """Returns every subject with its weight; one of several kinds has the sum, in the first spelling.

    A stance in its cooldown is left out, and the bot's own recent topics weigh less.
    """
    settings = chat.settings
    resting = _list_resting(context, now)
    spelled: dict[str, str] = {}
    weights: dict[str, float] = {}
    for subject, weight in _list_subjects(chat, context):
        key = fold(subject)
        if key and key not in resting:
            spelled.setdefault(key, subject)
            weights[key] = weights.get(key, 0.0) + weight
    talk = Texts(m.text for m in chat.messages if m.author_bot_id != context.bot.bot_id)
    own = Texts(m.text for m in chat.messages if m.author_bot_id == context.bot.bot_id)
    opened = set(map(fold, context.own_topics))
    for key, subject in spelled.items():
        weights[key] += settings.topic_weight_talk * min(MOST_TALK, len(talk.find(subject)))
        if key in opened or own.find(subject):
            weights[key] *= settings.topic_repeat_factor
    return {spelled[key]: weight for key, weight in weights.items()}


def _list_subjects(chat: ChatView, context: TickContext) -> Iterable[tuple[str, float]]:
    bot, settings = context.bot, chat.settings
    yield from ((stance.topic, settings.topic_weight_stance * stance.confidence) for stance in bot.stances)
    yield from ((topic, settings.topic_weight_own) for topic in bot.topics)
    yield from ((entry, settings.topic_weight_watchlist) for entry in bot.watchlist)
    yield from ((topic, settings.topic_weight_chat) for topic in chat.topics)
    yield from ((headline, settings.topic_weight_headline) for headline in chat.headlines)


def _list_resting(context: TickContext, now: dt.datetime) -> set[str]:
    cooldowns = {fold(stance.topic): stance.cooldown_s for stance in context.bot.stances}
    return {
        fold(voiced.topic)
        for voiced in context.voiced
        if (now - voiced.at).total_seconds() < cooldowns.get(fold(voiced.topic), 0.0)
    }


def _has_subjects(chat: ChatView, context: TickContext) -> bool:
    bot = context.bot
    return any((bot.stances, bot.topics, bot.watchlist, chat.topics, chat.headlines))
