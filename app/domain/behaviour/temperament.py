"""How lively a bot is at this hour, and how long a message it writes."""

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
    """The setting's boost in the bot's prime hours, 1 outside them."""
    bot = context.bot
    if bot.prime and is_within(bot.prime, now, bot.timezone):
        return context.settings.prime_boost
    return 1.0


def mood_of(emotion: EmotionView, sentiment: float | None = None) -> float:
    """From 0 (low) to 1 (lively): the bot's energy, moved by a sentiment (-1 to 1) as far as its empathy goes."""
    return min(1.0, max(0.0, emotion.energy + (sentiment or 0.0) * emotion.empathy / 2))


def tempo_of(context: TickContext, settings: FleetSettings, now: dt.datetime, sentiment: float | None = None) -> float:
    """How many times as readily the bot speaks and reads as a calm one outside its prime hours."""
    mood = mood_of(context.bot.emotion, sentiment)
    return prime_boost(context, now) * (1.0 + settings.mood_tempo * (2.0 * mood - 1.0))


def choose_words(bot: BotProfile, settings: FleetSettings, rng: random.Random) -> int:
    """The most words of one message: short, medium or long as the bot's length profile weighs them."""
    length = bot.length
    index, _ = draw((length.short, length.medium, length.long), rng)
    share = (settings.short_share, settings.medium_share, 1.0)[index]
    return max(FEWEST_WORDS, round(settings.max_words * share))
