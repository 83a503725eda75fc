"""The conductor of one chat: whether a bot may send an unasked message now, and with what chance.

Refusals come first: a taken floor, a wait after a 429, the bot's own message as the last one, the gap, the messages a
minute. Then backoffs, each a factor from 0 to 1 on the chance to speak: people talk, people are idle (in minutes, not
messages, so that bots do not fill a quiet chat), the share of people's messages, and turns for bots that said less
lately.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import OK, Step
from app.domain.conversation.views import ChatView
from app.domain.money import Saving
from app.domain.settings import FleetSettings

MINUTE = dt.timedelta(minutes=1)


def held_back_by(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    """Returns why no unasked message may go to an open chat now; None when one may."""
    for rule in REFUSALS:
        reason = rule(chat, context, now)
        if reason is not None:
            return reason
    return None


def _saves_money(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    """Checks the chat's daily budget; the bot's and the fleet's were checked before."""
    return (
        "budget_for_answers_only"
        if chat.daily_budget.limit and chat.daily_budget.saving >= Saving.ONLY_MENTIONS
        else None
    )


def _has_no_floor(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    return "floor_taken" if chat.floor_taken else None


def _must_rest(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    return "telegram_rest" if chat.rests_until is not None and now < chat.rests_until else None


def _spoke_last(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    return "spoke_last" if chat.messages and chat.messages[-1].author_bot_id == context.bot.bot_id else None


def _keeps_gap(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    last = chat.last_ambient_at
    return "gap_not_over" if last is not None and (now - last).total_seconds() < chat.settings.chat_gap_s else None


def _keeps_rate(chat: ChatView, context: TickContext, now: dt.datetime) -> str | None:
    most = chat.settings.chat_messages_per_min
    if not most:
        return None
    since = now - MINUTE
    said = sum(message.author_bot_id is not None and message.sent_at > since for message in chat.messages)
    return "chat_rate" if said >= most else None


REFUSALS: tuple[Callable[[ChatView, TickContext, dt.datetime], str | None], ...] = (
    _saves_money,
    _has_no_floor,
    _must_rest,
    _spoke_last,
    _keeps_gap,
    _keeps_rate,
)


@dataclass(frozen=True, slots=True)
class Room:
    """Recent activity of a chat: messages in the share window, people's in the talk window, minutes without people's.

    If no message is a person's, `idle_min` counts from the oldest message.
    """

    people: int
    bots: int
    own: int
    talking: int
    idle_min: float
    members: int


def look_around(chat: ChatView, bot_id: int, now: dt.datetime) -> Room:
    """Counts the chat's recent messages; they are ordered by time, so windows are found by bisection."""
    settings, messages = chat.settings, chat.messages
    times = [message.sent_at for message in messages]
    authors = [message.author_bot_id for message in messages]
    lately = authors[bisect_left(times, now - settings.share_window_min * MINUTE) :]
    people = lately.count(None)
    last_person = now
    if messages:
        last_person = times[-1 - authors[::-1].index(None)] if None in authors else times[0]
    return Room(
        people=people,
        bots=len(lately) - people,
        own=lately.count(bot_id),
        talking=authors[bisect_left(times, now - settings.talk_window_min * MINUTE) :].count(None),
        idle_min=max(0.0, (now - last_person).total_seconds() / 60),
        members=max(1, chat.bots),
    )


def people_talk(room: Room, settings: FleetSettings) -> float:
    """Returns a factor that falls with people's messages a minute."""
    return 1.0 / (1.0 + settings.talk_backoff * room.talking / settings.talk_window_min)


def room_is_idle(room: Room, settings: FleetSettings) -> float:
    """Returns a factor that halves repeatedly after people have been idle for long, down to the `idle_floor`."""
    over = room.idle_min - settings.idle_after_min
    if over <= 0:
        return 1.0
    return max(settings.idle_floor, math.exp2(-over / settings.idle_halving_min))


def bots_said_enough(room: Room, settings: FleetSettings) -> float:
    """Returns 1 while bots used up to half of what people's share leaves them, then less, and 0 when all is used."""
    share = settings.people_share
    if share == 0:
        return 1.0
    allowed = settings.share_free + room.people * (1.0 - share) / share
    left = allowed - room.bots
    return min(1.0, 2.0 * left / allowed) if left > 0 else 0.0


def turn_of_others(room: Room, settings: FleetSettings) -> float:
    """Returns 1 for a bot that sent no more than an equal share of the bots' recent messages, less for one above it."""
    fair = room.bots / room.members
    if room.own <= fair:
        return 1.0
    return math.pow(fair / room.own, settings.turn_fairness)


BACKOFFS: tuple[Callable[[Room, FleetSettings], float], ...] = (
    people_talk,
    room_is_idle,
    bots_said_enough,
    turn_of_others,
)
_NAMES = tuple((backoff, backoff.__name__) for backoff in BACKOFFS)


def has_room(chat: ChatView, bot_id: int, now: dt.datetime, roll: float, chance: float) -> Step:
    """Checks whether `roll` is still below `chance` after all backoffs are applied.

    If not, the verdict is the strongest backoff, or chance if there was none.
    """
    room = look_around(chat, bot_id, now)
    settings = chat.settings
    factors = {name: backoff(room, settings) for backoff, name in _NAMES}
    p = chance
    for factor in factors.values():
        p *= factor
    verdict = OK
    if roll >= p:
        strongest = min(factors, key=factors.__getitem__)
        verdict = strongest if factors[strongest] < 1.0 else "quiet_turn"
    return Step("has_room", verdict, {"p": p, **factors})
