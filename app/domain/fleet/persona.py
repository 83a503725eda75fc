"""The persona of a bot, as the behaviour engine and the prompt use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.fleet.hours import Window


@dataclass(frozen=True, slots=True)
class StanceView:
    """An opinion: `confidence` from 0 (a hunch) to 1 (certain).

    The bot opens a conversation about it at most every `cooldown_s` seconds.
    """

    topic: str
    position: str
    confidence: float
    cooldown_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class HoldingView:
    """A position of the fictional portfolio."""

    symbol: str
    quantity: float
    average_price: float | None


@dataclass(frozen=True, slots=True)
class EmotionView:
    """The emotion profile of a bot: `energy` and `empathy` from 0 to 1, and its favourite means of expression.

    `anecdotes` are short stories it may tell, `phrases` are phrases of its own, `emoji` are the ones it prefers.
    """

    energy: float = 0.5
    empathy: float = 0.5
    anecdotes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    emoji: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LengthProfile:
    """Weights of short, medium and long messages of a bot; at least one is above 0."""

    short: float = 35.0
    medium: float = 45.0
    long: float = 20.0


@dataclass(frozen=True, slots=True)
class BotProfile:
    """A bot and its persona. Active and prime hours are in the bot's own time zone; no active ones mean always.

    `examples` are lines in its voice, which prompts show.
    """

    bot_id: int
    username: str
    display_name: str
    tone: str
    style: str = ""
    language: str = "en"
    timezone: str = "UTC"
    active: tuple[Window, ...] = ()
    prime: tuple[Window, ...] = ()
    words_per_minute: int = 180
    topics: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()
    never_do: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    emotion: EmotionView = EmotionView()
    length: LengthProfile = LengthProfile()
    stances: tuple[StanceView, ...] = ()
    holdings: tuple[HoldingView, ...] = ()


def emotion_from(stored: Mapping[str, Any]) -> EmotionView:
    """Parses a stored emotion profile; missing and malformed fields get their defaults."""
    return EmotionView(
        energy=_part(stored.get("energy")),
        empathy=_part(stored.get("empathy")),
        anecdotes=_texts(stored.get("anecdotes")),
        phrases=_texts(stored.get("phrases")),
        emoji=_texts(stored.get("emoji")),
    )


def length_from(stored: Mapping[str, Any]) -> LengthProfile:
    """Parses a stored length profile; the default where nothing is stored."""
    if not stored:
        return LengthProfile()
    return LengthProfile(*(float(stored.get(name, 0)) for name in ("short", "medium", "long")))


def _part(value: Any) -> float:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else 0.5


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list | tuple) else ()
