"""A chat and its messages, as a tick sees them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.money import UNLIMITED, Purse


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `author_bot_id` is set when one of our bots said it."""

    id: int
    telegram_message_id: int
    author: str
    author_bot_id: int | None
    text: str
    sent_at: dt.datetime
    is_question: bool = False
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class ChatView:
    """An enabled chat of the bot: `messages` oldest first, `floor_taken` while an unasked message is under way.

    `purse` is what the chat's messages cost today.
    """

    id: int
    title: str
    topics: tuple[str, ...]
    messages: tuple[MessageView, ...]
    floor_taken: bool = False
    last_ambient_at: dt.datetime | None = None
    last_own_at: dt.datetime | None = None
    purse: Purse = UNLIMITED


@dataclass(frozen=True, slots=True)
class MentionView:
    """A message that addresses the bot and waits for an answer."""

    id: int
    chat_id: int
    message: MessageView
    expires_at: dt.datetime
