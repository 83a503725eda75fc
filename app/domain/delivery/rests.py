"""Rests of places that refuse for good what bots send, so that no model is paid for what can never leave.

A place is one bot in a topic, or in the whole chat, or an emoji in a chat. It is tried again after growing delays, or
when an operator asks for it; the first success ends its rest.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from app.domain.errors import ChatRefused, ReactionInvalid, TelegramError

WHOLE_CHAT = -1
OUTSIDE_TOPICS = 0
"""Thread numbers of a place; those above 0 are Telegram's. A chat without topics has only messages outside of them."""

EVERY_EMOJI = "*"
PATIENCE = 3
"""Permanent failures in a row after which a place rests; a refused emoji rests at once."""

DELAYS_S = (900.0, 3_600.0, 21_600.0, 86_400.0)
EMOJI_DELAYS_S = (21_600.0, 86_400.0, 604_800.0)
"""The first, second … rest in seconds; the last delay repeats."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was refused. With an `emoji` it has no bot: a chat takes the same reactions from all."""

    chat_id: int
    bot_id: int | None
    thread_id: int
    emoji: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Failures in a row at a place, how often it rested, and until when it rests."""

    failures: int = 0
    rests: int = 0
    rests_until: dt.datetime | None = None


def text_place(bot_id: int, chat_id: int, thread_id: int | None, error: TelegramError) -> Place:
    """Returns the place that a refused text concerns: the chat, or only the topic it was meant for."""
    return Place(chat_id, bot_id, WHOLE_CHAT if isinstance(error, ChatRefused) else thread_id or OUTSIDE_TOPICS)


def reaction_place(chat_id: int, emoji: str, error: TelegramError) -> Place:
    """Returns the place that a refused reaction concerns: its emoji, or every one when the words do not blame it."""
    return Place(chat_id, None, WHOLE_CHAT, emoji if isinstance(error, ReactionInvalid) else EVERY_EMOJI)


def after_failure(standing: Standing, place: Place, now: dt.datetime) -> Standing:
    """Counts a permanent failure; it may begin a rest, and changes none that lasts."""
    failed = replace(standing, failures=standing.failures + 1)
    if is_resting(standing.rests_until, now):
        return failed
    patience, delays = (1, EMOJI_DELAYS_S) if place.emoji else (PATIENCE, DELAYS_S)
    if failed.failures < patience:
        return failed
    delay_s = delays[min(failed.rests, len(delays) - 1)]
    return replace(failed, rests=failed.rests + 1, rests_until=now + dt.timedelta(seconds=delay_s))


def is_resting(rests_until: dt.datetime | None, now: dt.datetime) -> bool:
    """Returns whether a rest is not over."""
    return rests_until is not None and now < rests_until


def name_place(thread_id: int, emoji: str | None) -> str:
    """Returns a place in words, for operators."""
    if emoji:
        return "all reactions" if emoji == EVERY_EMOJI else f"reactions with {emoji}"
    if thread_id == WHOLE_CHAT:
        return "the whole chat"
    return "messages outside of topics" if thread_id == OUTSIDE_TOPICS else f"topic {thread_id}"
