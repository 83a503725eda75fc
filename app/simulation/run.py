"""The event loop of a run: ticks, people's messages and deliveries in the order of a virtual clock."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections.abc import Callable
from functools import cache

from app.domain.analysis.questions import is_question
from app.domain.behaviour.tick import OpenTopic, React, Reply, Silent
from app.domain.behaviour.timing import typing_time
from app.domain.conversation.views import MentionView, MessageView
from app.domain.traces.tick_record import decide_by_seed
from app.simulation.chats import Bot, Chat, Said, Speech
from app.simulation.people import Line, People
from app.simulation.phrases import SMALL_TALK, SUBJECTS
from app.simulation.plan import START, Plan, cast
from app.simulation.tally import Tally

MODEL_S = (1.0, 4.0)
"""Range of the model's latency in seconds."""

CALL_S = 0.2
"""Seconds from a person's mention to the tick of the mentioned bot."""

FEELS = 0.25
OPINIONS = ("opinion", "do you think", "do you stand", "your take", "your view", "your side", "do you agree")
"""Words that mark a phrase as a question for an opinion."""

Event = Callable[[float], None]
Planned = Reply | OpenTopic | React


class Run:
    """One run. Memory is bounded: a chat keeps the messages that a tick sees, the tally keeps counts."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.rng = plan, random.Random(plan.seed)
        stage = cast(plan, self.rng)
        self.tally = Tally(plan, stage)
        self.chats = {place.id: Chat(place) for place in stage.places}
        self.bots = {profile.bot_id: Bot(profile) for profile in stage.profiles}
        self.people: dict[int, People] = {}
        for place in stage.places:
            profiles = [self.bots[bot_id].profile for bot_id in place.bot_ids]
            self.people[place.id] = People(place, profiles, plan.people_per_hour, self.rng)
            for bot_id in place.bot_ids:
                self.bots[bot_id].chats.append(self.chats[place.id])
        self._events: list[tuple[float, int, Event]] = []
        self._order = itertools.count()
        self._ids = itertools.count(1)

    def live(self) -> Tally:
        """Runs all events until the time is up; returns the counts."""
        interval = self.plan.settings.tick_interval_s
        for bot in self.bots.values():
            self._at(self.rng.uniform(0, interval), self._turns_of(bot))
        for chat_id in self.chats:
            self._at_next_line(chat_id, 0.0)
        while self._events:
            at, _, event = heapq.heappop(self._events)
            event(at)
        return self.tally

    def _at(self, at: float, event: Event) -> None:
        if at < self.plan.seconds:
            heapq.heappush(self._events, (at, next(self._order), event))

    def _turns_of(self, bot: Bot) -> Event:
        """Returns an event that runs a tick and schedules the next, jittered by a quarter as in the dispatcher."""
        interval = self.plan.settings.tick_interval_s

        def take(at: float) -> None:
            self.tick(bot, at)
            self._at(at + interval * self.rng.uniform(0.75, 1.25), take)

        return take

    def tick(self, bot: Bot, at: float, wanted: int | None = None) -> None:
        """Runs one tick of a bot: decides, and schedules the plan's delivery."""
        now = _instant(at)
        decision = decide_by_seed(bot.context(now, self.plan.settings, wanted), now, self.rng.getrandbits(63))
        plan = decision.plan
        if isinstance(plan, Silent):
            self.tally.silent(at, plan.reason)
            return
        self.tally.spoke()
        if bot.speech is not None:
            self._supersede(bot.speech)
        self._send(bot, self._speech(bot, plan), plan.reading_s, at)

    def _speech(self, bot: Bot, plan: Planned) -> Speech:
        target = None if isinstance(plan, OpenTopic) else self.chats[plan.chat_id].find(plan.message_id)
        topic = plan.topic if isinstance(plan, OpenTopic) else None
        return Speech(
            bot_id=bot.profile.bot_id,
            chat_id=plan.chat_id,
            target=target,
            subject=topic or (target.subject if target else self.rng.choice(SUBJECTS)),
            ambient=plan.urgency == "ambient",
            asked_at=_settle(bot, plan.mention_id) if isinstance(plan, Reply) else None,
            topic=topic,
            emoji=plan.emoji if isinstance(plan, React) else None,
        )

    def _supersede(self, speech: Speech) -> None:
        """Cancels a plan that an answer to a person supersedes, as in production."""
        speech.cancelled = True
        self._free_floor(speech)
        self.tally.superseded += 1

    def _send(self, bot: Bot, speech: Speech, reading_s: float, at: float) -> None:
        text = self.rng.choice(SMALL_TALK).format(subject=speech.subject)
        wait = reading_s
        if speech.emoji is None:
            typing = typing_time(text, bot.profile.words_per_minute, self.plan.settings.typing_max_s)
            wait = max(reading_s, self.rng.uniform(*MODEL_S)) + typing
        bot.speech = speech
        if speech.ambient:
            self.chats[speech.chat_id].floor_taken = True
            self.chats[speech.chat_id].change()
        self._at(at + wait, lambda when: self._say(bot, speech, text, when))

    def _say(self, bot: Bot, speech: Speech, text: str, at: float) -> None:
        if speech.cancelled:
            return
        now, chat = _instant(at), self.chats[speech.chat_id]
        bot.note(speech, now)
        self._free_floor(speech)
        if speech.emoji is not None:
            self._react(chat, bot, speech, now)
            return
        if speech.ambient:
            chat.last_ambient_at = now
        if speech.topic is not None:
            chat.last_topic_at = now
        said = self._message(bot.profile.display_name, bot.profile.bot_id, text, speech.subject, speech.target, now)
        chat.add(said)
        self.tally.bot_said(at, speech, said)
        self._write_back(chat, said, speech, at)

    def _react(self, chat: Chat, bot: Bot, speech: Speech, now: dt.datetime) -> None:
        self.tally.reactions += 1
        if speech.target is not None:
            chat.react(speech.target, bot.profile.bot_id, now)

    def _free_floor(self, speech: Speech) -> None:
        if speech.ambient:
            self.chats[speech.chat_id].floor_taken = False
            self.chats[speech.chat_id].change()

    def _write_back(self, chat: Chat, said: Said, speech: Speech, at: float) -> None:
        """May schedule a person's answer to a bot that replied."""
        people, target = self.people[chat.place.id], speech.target
        if target is None or target.message.author_bot_id is not None:
            return
        wait = people.writes_back_in()
        if wait is not None:
            author = target.message.author
            self._at(at + wait, lambda when: self._hear(chat, people.reply(author, said), when))

    def _at_next_line(self, chat_id: int, after: float) -> None:
        at = self.people[chat_id].next_at(after, self.plan.seconds)
        if at is None:
            return

        def speak(when: float) -> None:
            self._hear(self.chats[chat_id], self.people[chat_id].speak(self.chats[chat_id]), when)
            self._at_next_line(chat_id, when)

        self._at(at, speak)

    def _hear(self, chat: Chat, line: Line, at: float) -> None:
        """Adds a person's message, and schedules the tick of the bot it addresses, if it is in the chat."""
        now = _instant(at)
        said = self._message(line.author, None, line.text, line.subject, line.target, now)
        chat.add(said)
        self.tally.person_said(at, chat.place.id, said)
        bot = self.bots.get(line.bot_id or 0)
        if bot is not None:
            patience = dt.timedelta(seconds=self.plan.settings.mention_patience_s)
            mention = MentionView(next(self._ids), chat.place.id, said.message, now + patience)
            bot.mentions.append(mention)
            self.tally.asked += 1
            self._at(at + CALL_S, lambda when: self.tick(bot, when, mention.id))

    def _message(
        self, author: str, bot_id: int | None, text: str, subject: str, target: Said | None, now: dt.datetime
    ) -> Said:
        number = next(self._ids)
        message = MessageView(
            id=number,
            telegram_message_id=number,
            author=author,
            author_bot_id=bot_id,
            text=text,
            sent_at=now,
            is_question=_asks(text),
            reply_to=target.message.telegram_message_id if target else None,
            asks_opinion=_asks_opinion(text),
            sentiment=self._feeling() if bot_id is None else None,
        )
        depth = target.depth + 1 if target else 0
        alone = 0 if bot_id is None else 1 + (target.alone if target else 0)
        return Said(message, subject, depth, alone)

    def _feeling(self) -> float | None:
        """Returns the mood of a person's message, or None; a quarter have one."""
        return self.rng.uniform(-1.0, 1.0) if self.rng.random() < FEELS else None


_asks = cache(is_question)


@cache
def _asks_opinion(text: str) -> bool:
    return any(words in text for words in OPINIONS)


def _settle(bot: Bot, mention_id: int | None) -> float | None:
    """Removes the answered mention; returns when it was said, in seconds, or None."""
    waiting = next((mention for mention in bot.mentions if mention.id == mention_id), None)
    if waiting is None:
        return None
    bot.mentions.remove(waiting)
    return (waiting.message.sent_at - START).total_seconds()


def _instant(at: float) -> dt.datetime:
    return START + dt.timedelta(seconds=at)
