"""Who a bot is, as the behaviour engine and the prompt see it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StanceView:
    """An opinion: `confidence` from 0 (a hunch) to 1 (certain)."""

    topic: str
    position: str
    confidence: float


@dataclass(frozen=True, slots=True)
class HoldingView:
    """A position of the fictional portfolio."""

    symbol: str
    quantity: float
    average_price: float | None


@dataclass(frozen=True, slots=True)
class BotProfile:
    """A bot and its persona. Active hours are in the bot's own time zone; equal ends mean the whole day."""

    bot_id: int
    username: str
    display_name: str
    tone: str
    style: str = ""
    language: str = "en"
    timezone: str = "UTC"
    active_from: dt.time = dt.time(0, 0)
    active_to: dt.time = dt.time(0, 0)
    words_per_minute: int = 180
    topics: tuple[str, ...] = ()
    watchlist: tuple[str, ...] = ()
    never_do: tuple[str, ...] = ()
    emotion: dict[str, object] = field(default_factory=dict)
    stances: tuple[StanceView, ...] = ()
    holdings: tuple[HoldingView, ...] = ()
