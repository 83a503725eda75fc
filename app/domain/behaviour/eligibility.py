"""May this bot speak at all, now? An ordered tuple of rules; the first refusal is the reason for silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from app.domain.behaviour.trace import Step
from app.domain.hours import is_within
from app.domain.money import Saving
from app.domain.tick import TickContext

Rule = Callable[[TickContext, dt.datetime], Step]
OK = "ok"


def fleet_runs(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the fleet's kill switch is on."""
    return Step("fleet_runs", "fleet_paused" if context.settings.fleet_paused else OK)


def bot_is_active(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the bot is paused or its token is broken."""
    return Step("bot_is_active", OK if context.bot_status == "active" else f"bot_{context.bot_status}")


def has_a_chat(context: TickContext, now: dt.datetime) -> Step:
    """Refuses when no enabled chat has this bot as an active member."""
    return Step("has_a_chat", OK if context.chats else "no_chat", {"chats": len(context.chats)})


def is_awake(context: TickContext, now: dt.datetime) -> Step:
    """Refuses outside the bot's active hours, told in its own time zone; a window may pass midnight."""
    bot = context.bot
    awake = not bot.active or is_within(bot.active, now, bot.timezone)
    return Step("is_awake", OK if awake else "outside_active_hours")


def is_free(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the bot has something under way; an unasked message gives way to a mention."""
    if context.speaking == "busy" or (context.speaking == "ambient" and not context.mentions):
        return Step("is_free", "already_speaking")
    return Step("is_free", OK)


def is_rested(context: TickContext, now: dt.datetime) -> Step:
    """Refuses during the cooldown after the bot's last message, unless somebody waits for an answer."""
    if context.last_spoke_at is None or context.mentions:
        return Step("is_rested", OK)
    rested_s = (now - context.last_spoke_at).total_seconds()
    verdict = OK if rested_s >= context.settings.cooldown_s else "cooldown"
    return Step("is_rested", verdict, {"rested_s": round(rested_s, 1), "cooldown_s": context.settings.cooldown_s})


def has_money(context: TickContext, now: dt.datetime) -> Step:
    """Refuses when the day's budget is spent, and unasked messages when it nearly is."""
    saving = context.saving
    if saving is Saving.SILENCE:
        verdict = "budget_spent"
    else:
        verdict = "budget_for_answers_only" if saving >= Saving.ONLY_MENTIONS and not context.mentions else OK
    shares = {"fleet": round(context.fleet_purse.share, 3), "bot": round(context.bot_purse.share, 3)}
    return Step("has_money", verdict, shares)


RULES: tuple[Rule, ...] = (fleet_runs, bot_is_active, has_a_chat, is_awake, is_free, is_rested, has_money)
