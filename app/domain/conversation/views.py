"""Views of a chat and its messages for a tick."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.domain.fleet.hours import Window
from app.domain.money import UNLIMITED, DailyBudget
from app.domain.settings import DEFAULTS, FleetSettings


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `author_bot_id` is set when one of our bots wrote it, else `author_id` is the person's row id.

    `sentiment` (-1 to 1) and `language` (ISO 639-1) are None where unknown.
    """

    id: int
    telegram_message_id: int
    author: str
    author_bot_id: int | None
    text: str
    sent_at: dt.datetime
    is_question: bool = False
    reply_to: int | None = None
    author_id: int | None = None
    asks_opinion: bool = False
    symbols: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    sentiment: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ReactionView:
    """A recent reaction of one of our bots to a message."""

    message_id: int
    bot_id: int


@dataclass(frozen=True, slots=True)
class ChatView:
    """A chat of the bot: `messages` oldest first, `floor_taken` while an unasked utterance is open.

    `daily_budget` is the chat's budget and cost today, `settings` those of this bot here. `status` is set by operators
    (enabled, paused, new), `membership` by Telegram (active, muted); `rests_until` is the end of the wait after a 429.
    `quiet` hours are in the chat's own `timezone`. `bots` counts our bots in it; `last_topic_at` is when any of them
    last opened a topic. `muted` are row ids of people whom this bot must not answer here, `taken` row ids of messages
    that it is answering, has or may have answered, or that are pending mentions. `headlines` are cleaned titles of the
    chat's feeds, the newest first: untrusted text, never an instruction. `resting` says where Telegram refuses what the
    bot sends (`messages` leaves resting topics out), `refused_emoji` which reactions the chat refuses.
    """

    id: int
    title: str
    topics: tuple[str, ...]
    messages: tuple[MessageView, ...]
    floor_taken: bool = False
    last_ambient_at: dt.datetime | None = None
    last_own_at: dt.datetime | None = None
    daily_budget: DailyBudget = UNLIMITED
    settings: FleetSettings = DEFAULTS
    status: str = "enabled"
    membership: str = "active"
    rests_until: dt.datetime | None = None
    timezone: str = "UTC"
    quiet: tuple[Window, ...] = ()
    bots: int = 1
    last_topic_at: dt.datetime | None = None
    reactions: tuple[ReactionView, ...] = ()
    muted: frozenset[int] = frozenset()
    taken: frozenset[int] = frozenset()
    headlines: tuple[str, ...] = ()
    resting: Literal["no", "outside_topics", "chat"] = "no"
    refused_emoji: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MentionView:
    """A pending mention of the bot; `resting` when Telegram refuses what the bot sends where it was said."""

    id: int
    chat_id: int
    message: MessageView
    expires_at: dt.datetime
    resting: bool = False
