"""Settings for the choice of the chat in which a bot speaks."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import Section

CHAT_CHOICE = Section("chats", "In which of its chats a bot speaks: how much each reason weighs.")


@dataclass(frozen=True)
class ChatChoice:
    """Weights in the choice of a chat; the section is called chats."""

    __slots__ = ()

    chat_weight_calls: float = CHAT_CHOICE.number(
        1.0, 0, 100, "", "Weight of a chat for each person there who called the bot and got no answer."
    )
    chat_weight_activity: float = CHAT_CHOICE.number(
        1.0, 0, 100, "", "Weight of a chat for what was said there lately: 10 messages and more count in full."
    )
    chat_weight_silence: float = CHAT_CHOICE.number(
        1.0, 0, 100, "", "Weight of a chat for the time since the bot last spoke there: 10 minutes and more in full."
    )
    chat_weight_topics: float = CHAT_CHOICE.number(
        0.5, 0, 100, "", "Weight of a chat for each of its topics that the bot shares."
    )
