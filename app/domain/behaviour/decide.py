"""`decide`: from a tick's context to a plan. Pure, so the same context, instant and seed give the same plan again."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from app.domain.behaviour.chat_choice import choose_chat, closed_because
from app.domain.behaviour.conductor import has_room
from app.domain.behaviour.eligibility import RULES
from app.domain.behaviour.reactions import choose_reaction
from app.domain.behaviour.reply_target import choose_target
from app.domain.behaviour.temperament import choose_words, tempo_of
from app.domain.behaviour.tick import Decision, OpenTopic, Plan, React, Reply, Silent, Speech, TickContext
from app.domain.behaviour.timing import reading_time
from app.domain.behaviour.topics import choose_topic
from app.domain.behaviour.trace import OK, Step
from app.domain.conversation.views import ChatView, MentionView
from app.domain.money import FEWER_SHARE, Saving
from app.domain.settings import FleetSettings


def decide(context: TickContext, now: dt.datetime, rng: random.Random) -> Decision:
    """Returns the plan of one tick and its trace. `now` is timezone-aware UTC."""
    turn = _Turn(context, now, rng)
    return Decision(turn.plan(), tuple(turn.trace))


class _Turn:
    """The evaluation of one tick; every rule appends to `trace`."""

    __slots__ = ("_context", "_now", "_rng", "trace")

    def __init__(self, context: TickContext, now: dt.datetime, rng: random.Random) -> None:
        self._context = context
        self._now = now
        self._rng = rng
        self.trace: list[Step] = []

    def plan(self) -> Plan:
        """Returns an answer to a mention, else an unasked plan, else silence with the reason."""
        heard = self._restrict()
        for rule in RULES:
            step = rule(heard, self._now)
            self.trace.append(step)
            if step.verdict != OK:
                return Silent(step.verdict)
        if heard.mentions:
            return self._answer(heard)
        if heard.wanted_mention_id is not None:
            return self._silence(Step("answer", self._why_unanswered()))
        return self._speak()

    def _restrict(self) -> TickContext:
        """Returns the context with only those mentions that can be answered now."""
        context = self._context
        if not context.mentions:
            return context
        chats = {chat.id: chat for chat in context.chats}
        waiting = tuple(m for m in context.mentions if self._can_answer(m, chats.get(m.chat_id)))
        self.trace.append(Step("listen", OK, {"waiting": len(context.mentions), "answerable": len(waiting)}))
        return replace(context, mentions=waiting)

    def _can_answer(self, mention: MentionView, chat: ChatView | None) -> bool:
        return (
            chat is not None
            and mention.expires_at > self._now
            and mention.message.author_id not in chat.muted
            and closed_because(chat, self._now) is None
            and not mention.resting
            and (chat.rests_until is None or chat.rests_until < mention.expires_at)
            and chat.daily_budget.saving < Saving.SILENCE
        )

    def _why_unanswered(self) -> str:
        """Returns why the mention that caused this tick gets no answer, though its chat is open."""
        context = self._context
        wanted = [mention for mention in context.mentions if mention.id == context.wanted_mention_id]
        if any(mention.resting for mention in wanted):
            return "resting_here"
        rests = [(c.rests_until, m.expires_at) for m in wanted for c in context.chats if c.id == m.chat_id]
        if any(until is not None and until >= expires_at for until, expires_at in rests):
            return "telegram_rest"
        return "mention_settled"

    def _answer(self, heard: TickContext) -> Reply:
        """Returns a reply to the mention that caused this tick, else to the oldest one."""
        mention = min(heard.mentions, key=lambda m: (m.id != heard.wanted_mention_id, m.message.sent_at, m.id))
        self.trace.append(Step("answer", f"mention_{mention.id}", {"waiting": len(heard.mentions)}))
        settings = next(chat.settings for chat in heard.chats if chat.id == mention.chat_id)
        words, reading_s = self._shape(settings, urgent=True, sentiment=mention.message.sentiment)
        return Reply(mention.chat_id, mention.message.id, mention.id, words, reading_s)

    def _speak(self) -> Plan:
        """Plans an unasked message if one roll is below the chance by settings, tempo and saving, and the chat's."""
        context, now = self._context, self._now
        tempo = tempo_of(context, context.settings, now)
        saves = context.fleet_budget.limit or context.bot_budget.limit
        share = FEWER_SHARE if saves and context.saving >= Saving.FEWER_TURNS else 1.0
        roll = self._rng.random()
        likeliest = max(chat.settings.speak_probability for chat in context.chats) * tempo * share
        step = Step("wants_to_speak", OK if roll < likeliest else "quiet_turn", {"roll": roll, "p": likeliest})
        if step.verdict != OK:
            return self._silence(step)
        self.trace.append(step)
        chat, step = choose_chat(context, now, self._rng)
        if chat is None:
            return self._silence(step)
        self.trace.append(step)
        chance = min(1.0, chat.settings.speak_probability * tempo * share)
        step = has_room(chat, context.bot.bot_id, now, roll, chance)
        if step.verdict != OK:
            return self._silence(step)
        self.trace.append(step)
        return self._choose_what(chat)

    def _choose_what(self, chat: ChatView) -> Plan:
        """Tries a reply or a topic first, at random, then the other one."""
        roll, p = self._rng.random(), chat.settings.reply_probability
        replies = roll < p
        self.trace.append(Step("reply_or_topic", "reply" if replies else "topic", {"roll": roll, "p": p}))
        ways = (self._reply, self._open_topic) if replies else (self._open_topic, self._reply)
        return ways[0](chat) or ways[1](chat) or Silent(self.trace[-1].verdict)

    def _reply(self, chat: ChatView) -> Speech | None:
        target, step = choose_target(chat, self._context, self._now, self._rng)
        self.trace.append(step)
        if target is None:
            return None
        emoji, step = choose_reaction(target, chat, self._context, self._rng)
        self.trace.append(step)
        words, reading_s = self._shape(chat.settings, urgent=False, sentiment=target.sentiment)
        if emoji is not None:
            return React(chat.id, target.id, emoji, reading_s)
        return Reply(chat.id, target.id, None, words, reading_s)

    def _open_topic(self, chat: ChatView) -> Speech | None:
        topic, step = choose_topic(chat, self._context, self._now, self._rng)
        self.trace.append(step)
        if topic is None:
            return None
        return OpenTopic(chat.id, topic, *self._shape(chat.settings, urgent=False))

    def _shape(self, settings: FleetSettings, *, urgent: bool, sentiment: float | None = None) -> tuple[int, float]:
        """Returns the most words, and the reading time in seconds."""
        tempo = tempo_of(self._context, settings, self._now, sentiment)
        words = choose_words(self._context.bot, settings, self._rng)
        reading_s = reading_time(urgent, tempo, settings, self._rng)
        self.trace.append(Step("shape", OK, {"tempo": tempo, "max_words": words, "reading_s": reading_s}))
        return words, reading_s

    def _silence(self, step: Step) -> Silent:
        self.trace.append(step)
        return Silent(step.verdict)
