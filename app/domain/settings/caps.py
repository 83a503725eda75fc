"""Settings for the caps of a bot's messages."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import PER_BOT, Section

CAPS = Section("caps", "The most that a bot says within an hour and a day.")


@dataclass(frozen=True)
class Caps:
    """The most messages of a bot within an hour and a day."""

    __slots__ = ()

    bot_messages_per_hour: int = CAPS.number(
        30,
        0,
        3600,
        "messages",
        "The most that a bot says within any 60 minutes, answers included; 0 sets no limit.",
        scopes=PER_BOT,
    )
    bot_messages_per_day: int = CAPS.number(
        200,
        0,
        86_400,
        "messages",
        "The most that a bot says within any 24 hours, answers included; 0 sets no limit.",
        scopes=PER_BOT,
    )
    answers_reserve: float = CAPS.number(
        0.2,
        0,
        1,
        "",
        "Part of a bot's messages an hour and a day that is kept for people who ask it something.",
        scopes=PER_BOT,
    )
