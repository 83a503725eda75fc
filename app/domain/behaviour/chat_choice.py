"""Choice of the chat for an unasked message: weighted, among the open chats that the conductor allows."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from app.domain.behaviour.chance import draw
from app.domain.behaviour.conductor import held_back_by
from app.domain.behaviour.texts import fold
from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView
from app.domain.fleet.hours import is_within

LIVELY = 10
"""Recent messages from which on a chat has the highest activity."""
LONG_MIN = 10.0
"""Minutes since the bot's last message there after which the weight of its silence is at its maximum."""


def closed_because(chat: ChatView, now: dt.datetime) -> str | None:
    """Returns why the bot may send nothing in the chat, not even an answer; None when it may."""
    if chat.status != "enabled":
        return f"chat_{chat.status}"
    if chat.membership != "active":
        return f"bot_{chat.membership}_here"
    if chat.resting == "chat" or (chat.resting == "outside_topics" and not chat.messages):
        return "resting_here"
    if chat.quiet and is_within(chat.quiet, now, chat.timezone):
        return "quiet_hours"
    return None


def choose_chat(context: TickContext, now: dt.datetime, rng: random.Random) -> tuple[ChatView | None, Step]:
    """Draws a chat that allows an unasked message, by weight; None with the commonest reason when there is none."""
    refusals: list[str] = []
    invited: list[ChatView] = []
    for chat in context.chats:
        reason = closed_because(chat, now) or held_back_by(chat, context, now)
        if reason is None:
            invited.append(chat)
        else:
            refusals.append(reason)
    counts = {reason: float(refusals.count(reason)) for reason in refusals}
    if not invited:
        return None, Step("choose_chat", commonest(refusals), counts)
    weights = [weigh_chat(chat, context, now) for chat in invited]
    index, roll = draw(weights, rng)
    chosen = invited[index]
    scores = {chat.id: weight for chat, weight in zip(invited, weights, strict=True)}
    return chosen, Step("choose_chat", f"chat_{chosen.id}", {"roll": roll, **counts}, scores)


def weigh_chat(chat: ChatView, context: TickContext, now: dt.datetime) -> float:
    """Returns 1 plus weights for unanswered mentions, activity, the bot's own silence there and shared topics."""
    settings = chat.settings
    calls = sum([mention.chat_id == chat.id for mention in context.mentions])
    silent_min = LONG_MIN
    if chat.last_own_at is not None:
        silent_min = min(LONG_MIN, (now - chat.last_own_at).total_seconds() / 60)
    return (
        1.0
        + settings.chat_weight_calls * calls
        + settings.chat_weight_activity * min(_count_recent(chat, now), LIVELY) / LIVELY
        + settings.chat_weight_silence * silent_min / LONG_MIN
        + settings.chat_weight_topics * _count_shared(chat, context)
    )


def commonest(reasons: Sequence[str]) -> str:
    """Returns the most frequent reason; of equals, the first in the alphabet. `reasons` must not be empty."""
    return max(sorted(set(reasons)), key=reasons.count)


def _count_recent(chat: ChatView, now: dt.datetime) -> int:
    """Counts the recent ones of the last ten messages, which are ordered by time."""
    since = now - dt.timedelta(seconds=chat.settings.reply_horizon_s)
    last = chat.messages[-LIVELY:]
    if last and last[0].sent_at >= since:
        return len(last)
    return sum(message.sent_at >= since for message in last)


def _count_shared(chat: ChatView, context: TickContext) -> int:
    if not chat.topics:
        return 0
    return len(set(map(fold, chat.topics)) & set(map(fold, context.bot.topics)))
