"""A chat and its messages, as a tick sees them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.fleet.hours import Window
from app.domain.money import UNLIMITED, DailyBudget
from app.domain.settings import DEFAULTS, FleetSettings


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `author_bot_id` is set when one of our bots said it, `author_id` is the person's own row else.

    `sentiment` runs from -1 to 1 and is None where it is not known, as `language` (ISO 639-1) is.
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
    """One of our bots put an emoji on a message lately."""

    message_id: int
    bot_id: int


@dataclass(frozen=True, slots=True)
class ChatView:
    """A chat of the bot: `messages` oldest first, `floor_taken` while an unasked message is under way.

    `daily_budget` is what the chat's messages cost today, `settings` what applies to this bot here. `status` is the
    operator's word (enabled, paused, new), `membership` Telegram's (active, muted); until `rests_until` Telegram lets
    this bot say nothing there. `quiet` hours are in the chat's own `timezone`. `bots` counts our bots in it, the last
    topic of any of them was opened at `last_topic_at`. `muted` are the people (by their rows' ids) whom this bot leaves
    alone here, `taken` the messages (likewise) that it answers, answered as far as anybody knows, or that wait for it
    as mentions. `headlines` are the news of the chat's feeds, the newest first: cleaned words of strangers, which say
    nothing to obey.
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


@dataclass(frozen=True, slots=True)
class MentionView:
    """A message that addresses the bot and waits for an answer."""

    id: int
    chat_id: int
    message: MessageView
    expires_at: dt.datetime
