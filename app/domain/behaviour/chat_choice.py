"""Where an unasked message may go: the chats whose floor is free, weighted by how much they invite one."""

from __future__ import annotations

import datetime as dt
import random

from app.domain.behaviour.trace import Step
from app.domain.chat import ChatView
from app.domain.money import Saving
from app.domain.tick import TickContext


def choose_chat(context: TickContext, now: dt.datetime, rng: random.Random) -> tuple[ChatView | None, Step]:
    """A chat with a free floor and its gap kept, at random by weight; None with the reason when there is none."""
    refusals = {chat.id: _refusal(chat, context, now) for chat in context.chats}
    open_chats = [chat for chat in context.chats if refusals[chat.id] is None]
    if not open_chats:
        reasons = sorted(reason for reason in refusals.values() if reason)
        counts = {reason: float(reasons.count(reason)) for reason in reasons}
        return None, Step("choose_chat", max(counts, key=lambda reason: counts[reason]), counts)
    weights = [weigh_chat(chat, context, now) for chat in open_chats]
    chosen = rng.choices(open_chats, weights)[0]
    numbers = {f"chat_{chat.id}": round(weight, 3) for chat, weight in zip(open_chats, weights, strict=True)}
    return chosen, Step("choose_chat", f"chat_{chosen.id}", numbers)


def weigh_chat(chat: ChatView, context: TickContext, now: dt.datetime) -> float:
    """1, more for recent messages, for topics that fit the persona, and for minutes since the bot last spoke there."""
    horizon = dt.timedelta(seconds=context.settings.reply_horizon_s)
    recent = sum(now - message.sent_at <= horizon for message in chat.messages)
    shared = len({topic.lower() for topic in chat.topics} & {topic.lower() for topic in context.bot.topics})
    silent_min = 10.0 if chat.last_own_at is None else min(10.0, (now - chat.last_own_at).total_seconds() / 60)
    return 1.0 + 0.1 * min(recent, 10) + 0.5 * shared + 0.1 * silent_min


def _refusal(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    """Why no unasked message may go to the chat now; None when one may."""
    if context.saving_in(chat.id) >= Saving.ONLY_MENTIONS:
        return "budget_for_answers_only"
    if chat.floor_taken:
        return "floor_taken"
    if chat.messages and chat.messages[-1].author_bot_id == context.bot.bot_id:
        return "spoke_last"
    gap_s = context.settings.chat_gap_s
    if chat.last_ambient_at is not None and (now - chat.last_ambient_at).total_seconds() < gap_s:
        return "gap_not_over"
    return None
