"""Validation of personas. Every error names the field and says what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import astuple, replace

from app.domain.delivery.emoji import plain_emoji
from app.domain.errors import InvalidInput
from app.domain.fleet.persona import EmotionView, LengthProfile
from app.repositories.fleet.personas import PersonaData
from app.services.fleet.checks import check_hours, check_language, check_lines, check_timezone

_TEXT_MAX = 4000
_EMOJI_MAX = 16
_EXAMPLES_MAX = 5


def check_persona(data: PersonaData) -> PersonaData:
    """The persona with blanks trimmed. Raises InvalidInput naming the field."""
    if not data.tone.strip():
        raise InvalidInput(
            "tone", "is empty; say in a sentence how the bot speaks, such as “dry, curious, short sentences”"
        )
    for name in ("tone", "style"):
        if len(getattr(data, name)) > _TEXT_MAX:
            raise InvalidInput(name, f"must have at most {_TEXT_MAX} characters")
    if not 20 <= data.words_per_minute <= 600:
        raise InvalidInput("words_per_minute", "must lie between 20 and 600 words a minute")
    return replace(
        data,
        tone=data.tone.strip(),
        style=data.style.strip(),
        language=check_language(data.language),
        timezone=check_timezone(data.timezone),
        active=check_hours("active", data.active),
        prime=check_hours("prime", data.prime),
        topics=check_lines("topics", data.topics),
        watchlist=check_lines("watchlist", data.watchlist),
        never_do=check_lines("never_do", data.never_do),
        examples=check_examples(data.examples),
        emotion=check_emotion(data.emotion),
        length=check_length(data.length),
    )


def check_examples(examples: Iterable[str]) -> tuple[str, ...]:
    """Returns the lines without blanks and repeats. Raises InvalidInput naming `examples`: prompts pay for each."""
    kept = check_lines("examples", examples)
    if len(kept) > _EXAMPLES_MAX:
        raise InvalidInput("examples", f"must have at most {_EXAMPLES_MAX} entries; every prompt of the bot holds them")
    return kept


def check_emotion(emotion: EmotionView) -> EmotionView:
    """Returns the trimmed profile. Raises InvalidInput naming `energy`, `empathy`, `anecdotes`, `phrases` or `emoji`.

    An emoji that Telegram does not accept as a reaction is allowed: the bot may still write it.
    """
    for name in ("energy", "empathy"):
        if not 0 <= getattr(emotion, name) <= 1:
            raise InvalidInput(name, "must lie between 0 and 1")
    emoji = check_lines("emoji", map(plain_emoji, emotion.emoji))
    for text in emoji:
        if len(text) > _EMOJI_MAX or any(letter.isalnum() or letter.isspace() for letter in text):
            raise InvalidInput("emoji", f"{text!r} is no emoji; give one emoji an entry")
    return replace(
        emotion,
        anecdotes=check_lines("anecdotes", emotion.anecdotes),
        phrases=check_lines("phrases", emotion.phrases),
        emoji=emoji,
    )


def check_length(length: LengthProfile) -> LengthProfile:
    """Returns the weights unchanged. Raises InvalidInput naming `length`."""
    weights = astuple(length)
    if not all(math.isfinite(weight) and 0 <= weight <= 100 for weight in weights):
        raise InvalidInput("length", "each weight must lie between 0 and 100")
    if not any(weights):
        raise InvalidInput("length", "one of short, medium and long needs a weight above 0")
    return length
