"""Settings for the length and typing of messages."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.settings.fields import Section

MESSAGES = Section("messages", "How long messages are, and how they are typed.")


@dataclass(frozen=True)
class Messages:
    """Lengths in words and tokens, and reading and typing times."""

    __slots__ = ()

    reading_mean_s: float = MESSAGES.number(
        3.0, 0, 600, "seconds", "Mean time before a bot starts to type something that nobody waits for."
    )
    reading_min_s: float = MESSAGES.number(0.3, 0, 600, "seconds", "The shortest such time.")
    reading_max_s: float = MESSAGES.number(15.0, 0, 600, "seconds", "The longest such time.")
    answer_reading_max_s: float = MESSAGES.number(
        0.5, 0, 60, "seconds", "The longest time before a bot starts to type an answer that somebody waits for."
    )
    short_share: float = MESSAGES.number(0.35, 0.05, 1, "", "Words of a short message, as a part of the most words.")
    medium_share: float = MESSAGES.number(
        0.65, 0.05, 1, "", "Words of a message of middle length, as a part of the most words."
    )
    max_words: int = MESSAGES.number(40, 5, 400, "words", "The most words a bot puts in one message.")
    prompt_tokens: int = MESSAGES.number(
        1500, 300, 20_000, "tokens", "The most that one message's part of a prompt takes; old lines are left out."
    )
    typing_max_s: float = MESSAGES.number(8.0, 0, 60, "seconds", "The longest a bot shows that it is typing.")
