"""`decide`: from a tick's context to a plan. Pure, so the same context, instant and seed give the same plan again."""

from __future__ import annotations

import datetime as dt
import random

from app.domain.behaviour.chat_choice import choose_chat
from app.domain.behaviour.eligibility import OK, RULES
from app.domain.behaviour.reply_target import choose_target
from app.domain.behaviour.topics import choose_topic
from app.domain.behaviour.trace import Step
from app.domain.chat import MentionView
from app.domain.money import FEWER_SHARE, Saving
from app.domain.tick import Decision, OpenTopic, Plan, Reply, Silent, TickContext


def decide(context: TickContext, now: dt.datetime, rng: random.Random) -> Decision:
    """The plan of one tick and the trace of how it came about. `now` is timezone-aware UTC."""
    trace: list[Step] = []
    plan = _check(context, now, trace) or _answer(context, now, trace) or _speak(context, now, rng, trace)
    return Decision(plan, tuple(trace))


def _check(context: TickContext, now: dt.datetime, trace: list[Step]) -> Silent | None:
    """Silence with the first refusing rule's reason, or None when the bot may speak."""
    for rule in RULES:
        step = rule(context, now)
        trace.append(step)
        if step.verdict != OK:
            return Silent(step.verdict)
    return None


def _answer(context: TickContext, now: dt.datetime, trace: list[Step]) -> Plan | None:
    """A reply to the mention that made this tick, else to the oldest one that still waits in a chat with money."""
    waiting = [
        mention
        for mention in context.mentions
        if mention.expires_at > now and context.saving_in(mention.chat_id) < Saving.SILENCE
    ]
    if waiting:
        mention = min(waiting, key=lambda m: (m.id != context.wanted_mention_id, m.message.sent_at, m.id))
        trace.append(Step("answer", f"mention_{mention.id}", {"waiting": len(waiting)}))
        return _reply_to(mention)
    if context.wanted_mention_id is not None:
        trace.append(Step("answer", "mention_settled"))
        return Silent("mention_settled")
    return None


def _reply_to(mention: MentionView) -> Reply:
    return Reply(mention.chat_id, mention.message.id, mention.id)


def _speak(context: TickContext, now: dt.datetime, rng: random.Random, trace: list[Step]) -> Plan:
    """An unasked reply or a new topic in one of the bot's chats, or silence by chance."""
    step = _wants_to_speak(context, rng)
    trace.append(step)
    if step.verdict != OK:
        return Silent(step.verdict)
    chat, step = choose_chat(context, now, rng)
    trace.append(step)
    if chat is None:
        return Silent(step.verdict)
    if rng.random() < context.settings.reply_probability:
        target, step = choose_target(chat, context, now, rng)
        trace.append(step)
        if target is not None:
            return Reply(chat.id, target.id)
    topic, step = choose_topic(chat, context.bot, rng)
    trace.append(step)
    return OpenTopic(chat.id, topic)


def _wants_to_speak(context: TickContext, rng: random.Random) -> Step:
    """By chance, and less often while the bot saves."""
    share = FEWER_SHARE if context.saving >= Saving.FEWER_TURNS else 1.0
    roll, p = rng.random(), context.settings.speak_probability * share
    return Step("wants_to_speak", OK if roll < p else "quiet_turn", {"roll": round(roll, 4), "p": round(p, 4)})
