"""A bot's tempo at this hour, and the length of its message."""

from __future__ import annotations

import datetime as dt
import random

from app.domain.behaviour.chance import draw
from app.domain.behaviour.tick import TickContext
from app.domain.fleet.hours import is_within
from app.domain.fleet.persona import BotProfile, EmotionView
from app.domain.settings import FleetSettings

FEWEST_WORDS = 5


def prime_boost(context: TickContext, now: dt.datetime) -> float:
    """Returns the setting's boost in the bot's prime hours, 1 outside them."""
    bot = context.bot
    if bot.prime and is_within(bot.prime, now, bot.timezone):
        return context.settings.prime_boost
    return 1.0


def mood_of(emotion: EmotionView, sentiment: float | None = None) -> float:
    """Returns 0 (low) to 1 (lively): the bot's energy, shifted by a sentiment (-1 to 1) as far as its empathy goes."""
    return min(1.0, max(0.0, emotion.energy + (sentiment or 0.0) * emotion.empathy / 2))


def tempo_of(context: TickContext, settings: FleetSettings, now: dt.datetime, sentiment: float | None = None) -> float:
    """Returns the factor on the bot's chance to speak and reading speed; 1 for a calm one outside prime hours."""
    mood = mood_of(context.bot.emotion, sentiment)
    return prime_boost(context, now) * (1.0 + settings.mood_tempo * (2.0 * mood - 1.0))


def choose_words(bot: BotProfile, settings: FleetSettings, rng: random.Random) -> int:
    """Draws the most words of one message: short, medium or long by the weights of the bot's length profile."""
    length = bot.length
    index, _ = draw((length.short, length.medium, length.long), rng)
    share = (settings.short_share, settings.medium_share, 1.0)[index]
    return max(FEWEST_WORDS, round(settings.max_words * share))
