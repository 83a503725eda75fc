"""Values of the pure core for tests: a bot, its chats, what was said there. Nothing is stored anywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from app.domain.behaviour.tick import TickContext
from app.domain.conversation.views import ChatView, MentionView, MessageView
from app.domain.fleet.persona import BotProfile
from app.domain.settings import FleetSettings

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
ME = 1


def ago(seconds: float) -> dt.datetime:
    """`seconds` before NOW."""
    return NOW - dt.timedelta(seconds=seconds)


def profile(**fields: Any) -> BotProfile:
    """The bot Ada, awake around the clock in UTC."""
    return BotProfile(**{"bot_id": ME, "username": "ada_bot", "display_name": "Ada", "tone": "dry", **fields})


def message(number: int, text: str = "hello", age_s: float = 10, **fields: Any) -> MessageView:
    """A person's message of `age_s` seconds ago; its Telegram id is 1000 more than its own."""
    base = {"author": "Grace", "author_bot_id": None, "text": text, "sent_at": ago(age_s)}
    return MessageView(**{"id": number, "telegram_message_id": 1000 + number, **base, **fields})


def chat(number: int = 10, *messages: MessageView, **fields: Any) -> ChatView:
    """An enabled chat with a free floor."""
    return ChatView(**{"id": number, "title": f"Chat {number}", "topics": (), "messages": messages, **fields})


def mention(number: int, age_s: float = 10, chat_id: int = 10, patience_s: float = 300) -> MentionView:
    """Somebody spoke to the bot `age_s` seconds ago."""
    said = message(500 + number, "Ada?", age_s)
    return MentionView(number, chat_id, said, said.sent_at + dt.timedelta(seconds=patience_s))


def context(**fields: Any) -> TickContext:
    """An active bot in one chat with nobody waiting; settings that are not tested are out of the way.

    They apply in the chats too, unless a chat has its own.
    """
    settings = FleetSettings(**{"speak_probability": 1.0, "cooldown_s": 45.0, **fields.pop("settings", {})})
    base: dict[str, Any] = {"bot": profile(), "bot_status": "active", "chats": (chat(10, message(1)),), "mentions": ()}
    given = TickContext(**{**base, "settings": settings, **fields})
    plain = FleetSettings()
    return replace(given, chats=tuple(replace(c, settings=settings) if c.settings == plain else c for c in given.chats))
