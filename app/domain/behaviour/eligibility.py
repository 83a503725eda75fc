"""Rules for whether a bot may speak now, in an ordered tuple; the first refusal is the reason for silence.

An answer to a mention (`context.mentions` holds those that can be answered) skips `is_rested`, the bot's own unasked
message that is not sent yet (`is_free`), the part of the caps that is reserved for answers (`is_under_caps`), and
saving short of an empty budget (`has_money`). Everything else applies: kill switches, active hours, quiet hours and the
caps themselves. Chance and the conductor (floor, gap, turns) do not apply to answers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from app.domain.behaviour.chat_choice import closed_because, commonest
from app.domain.behaviour.temperament import prime_boost
from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import OK, Step, passed
from app.domain.fleet.hours import is_within
from app.domain.money import Saving

Rule = Callable[[TickContext, dt.datetime], Step]


def fleet_runs(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the fleet's kill switch is on."""
    return Step("fleet_runs", "fleet_paused") if context.settings.fleet_paused else passed("fleet_runs")


def bot_runs(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the bot's own kill switch is on."""
    return Step("bot_runs", "bot_paused") if context.bot_status == "paused" else passed("bot_runs")


def is_awake(context: TickContext, now: dt.datetime) -> Step:
    """Refuses outside the bot's active hours, in its own time zone; a window may pass midnight."""
    bot = context.bot
    if bot.active and not is_within(bot.active, now, bot.timezone):
        return Step("is_awake", "outside_active_hours")
    return passed("is_awake")


def is_prime_time(context: TickContext, now: dt.datetime) -> Step:
    """Refuses nothing; records the boost of the bot's chance to speak at this hour."""
    boost = prime_boost(context, now)
    return passed("is_prime_time") if boost == 1.0 else Step("is_prime_time", OK, {"boost": boost})


def is_under_caps(context: TickContext, now: dt.datetime) -> Step:
    """Refuses at the hourly or daily cap of messages; a part of each is reserved for answers."""
    settings = context.settings
    share = 1.0 if context.mentions else 1.0 - settings.answers_reserve
    hour, day = settings.bot_messages_per_hour * share, settings.bot_messages_per_day * share
    verdict = OK
    if settings.bot_messages_per_hour and context.said_last_hour >= hour:
        verdict = "hourly_cap"
    elif settings.bot_messages_per_day and context.said_last_day >= day:
        verdict = "daily_cap"
    said = {"hour": context.said_last_hour, "of_hour": hour, "day": context.said_last_day, "of_day": day}
    return Step("is_under_caps", verdict, said)


def is_rested(context: TickContext, now: dt.datetime) -> Step:
    """Refuses during the cooldown after the bot's last message, unless a mention is pending."""
    if context.last_spoke_at is None or context.mentions:
        return passed("is_rested")
    rested_s = (now - context.last_spoke_at).total_seconds()
    verdict = OK if rested_s >= context.settings.cooldown_s else "cooldown"
    return Step("is_rested", verdict, {"rested_s": rested_s, "cooldown_s": context.settings.cooldown_s})


def is_free(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while the bot has an open utterance; a mention may supersede an unasked one."""
    if context.speaking == "busy" or (context.speaking == "ambient" and not context.mentions):
        return Step("is_free", "already_speaking")
    return passed("is_free")


def has_open_chat(context: TickContext, now: dt.datetime) -> Step:
    """Refuses when each of the bot's chats is paused, muted for it, or in its quiet hours."""
    closed: list[str] = []
    for chat in context.chats:
        reason = closed_because(chat, now)
        if reason is None:
            return passed("has_open_chat")
        closed.append(reason)
    return Step("has_open_chat", commonest(closed) if closed else "no_chat", {"chats": len(closed)})


def has_money(context: TickContext, now: dt.datetime) -> Step:
    """Refuses when the daily budget is spent, and unasked messages when it nearly is."""
    if not (context.fleet_budget.limit or context.bot_budget.limit):
        return passed("has_money")
    saving = context.saving
    verdict = OK
    if saving is Saving.SILENCE:
        verdict = "budget_spent"
    elif saving >= Saving.ONLY_MENTIONS and not context.mentions:
        verdict = "budget_for_answers_only"
    return Step("has_money", verdict, {"fleet": context.fleet_budget.share, "bot": context.bot_budget.share})


def token_works(context: TickContext, now: dt.datetime) -> Step:
    """Refuses while Telegram rejects the bot's token."""
    return Step("token_works", "bot_broken") if context.bot_status == "broken" else passed("token_works")


RULES: tuple[Rule, ...] = (
    fleet_runs,
    bot_runs,
    is_awake,
    is_prime_time,
    is_under_caps,
    is_rested,
    is_free,
    has_open_chat,
    has_money,
    token_works,
)
