"""Choice of the message that an unasked reply answers: candidates are scored, one of the best is drawn."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from app.domain.behaviour.chance import draw
from app.domain.behaviour.features import FEATURES, Candidates, Hits
from app.domain.behaviour.loops import find_looping_partners, measure_chains
from app.domain.behaviour.tick import TickContext
from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView, MessageView
from app.domain.settings import FleetSettings

NOTHING = "nothing_to_answer"
LEAST = 1e-6
_NAMED = tuple((feature, feature.__name__, f"reply_weight_{feature.__name__}") for feature in FEATURES)


def choose_target(
    chat: ChatView, context: TickContext, now: dt.datetime, rng: random.Random
) -> tuple[MessageView | None, Step]:
    """Draws one of the best candidates by score; None when no score is high enough."""
    settings = chat.settings
    messages = list_candidates(chat, context, now)
    totals, reasons = score(Candidates(chat, messages, context.bot, now), settings)
    scores = {message.id: total for message, total in zip(messages, totals, strict=True)}
    best = _best(totals, settings)
    if not best:
        return None, Step("choose_target", NOTHING, {"messages": len(chat.messages)}, scores)
    index, roll = draw([max(LEAST, totals[place]) ** settings.reply_sharpness for place in best], rng)
    place = best[index]
    numbers = {"roll": roll, **{name: hits[place] for name, hits in reasons.items() if place in hits}}
    return messages[place], Step("choose_target", f"message_{messages[place].id}", numbers, scores)


def score(candidates: Candidates, settings: FleetSettings) -> tuple[list[float], dict[str, Hits]]:
    """Returns the weighted sum of each candidate's features, and the unweighted numbers of each feature."""
    totals = [0.0] * len(candidates.messages)
    found: dict[str, Hits] = {}
    for feature, name, key in _NAMED:
        weight: float = getattr(settings, key)
        hits = feature(candidates) if weight else None
        if hits:
            found[name] = hits
            for place, value in hits.items():
                totals[place] += weight * value
    return totals, found


def list_candidates(chat: ChatView, context: TickContext, now: dt.datetime) -> list[MessageView]:
    """Lists others' messages within the horizon, without those taken up by the bot, of muted people, and in loops.

    Taken up are also pending mentions, which get an answer of their own, and messages whose answer was sent with an
    unknown outcome.
    """
    me, muted = context.bot.bot_id, chat.muted
    since = now - dt.timedelta(seconds=chat.settings.reply_horizon_s)
    authors = {message.author_bot_id for message in chat.messages}
    done = {message.reply_to for message in chat.messages if message.author_bot_id == me} if me in authors else ()
    kept = [
        message
        for message in chat.messages
        if message.author_bot_id != me
        and message.sent_at >= since
        and message.telegram_message_id not in done
        and message.id not in chat.taken
        and message.author_id not in muted
    ]
    if not authors - {me, None}:
        return kept
    most, chains = chat.settings.loop_depth, measure_chains(chat.messages)
    looping_partners = find_looping_partners(chat.messages, me, now, chat.settings) if me in authors else ()
    return [
        message
        for message in kept
        if message.author_bot_id is None
        or (chains[message.telegram_message_id] < most and message.author_bot_id not in looping_partners)
    ]


def _best(totals: Sequence[float], settings: FleetSettings) -> list[int]:
    """Returns indexes of the best scores that reach the least one, the best first; of equals, the older message."""
    order = sorted(range(len(totals)), key=totals.__getitem__, reverse=True)[: settings.reply_best]
    return [place for place in order if totals[place] >= settings.reply_least_score]
