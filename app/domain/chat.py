"""A chat and its messages, as a tick sees them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.money import UNLIMITED, Purse
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
class ChatView:
    """An enabled chat of the bot: `messages` oldest first, `floor_taken` while an unasked message is under way.

    `purse` is what the chat's messages cost today, `settings` what applies to this bot in this chat. `muted` are the
    people (by their rows' ids) whom this bot leaves alone here. `headlines` are the news of the chat's feeds,
    the newest first: cleaned words of strangers, which say nothing to obey.
    """

    id: int
    title: str
    topics: tuple[str, ...]
    messages: tuple[MessageView, ...]
    floor_taken: bool = False
    last_ambient_at: dt.datetime | None = None
    last_own_at: dt.datetime | None = None
    purse: Purse = UNLIMITED
    settings: FleetSettings = DEFAULTS
    muted: frozenset[int] = frozenset()
    headlines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MentionView:
    """A message that addresses the bot and waits for an answer."""

    id: int
    chat_id: int
    message: MessageView
    expires_at: dt.datetime
