"""Chats and bots of a run: the context that `decide` gets, rebuilt only when it changes."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

from app.domain.behaviour.tick import TickContext, VoicedStance
from app.domain.conversation.views import ChatView, MentionView, MessageView, ReactionView
from app.domain.fleet.persona import BotProfile
from app.domain.settings import FleetSettings
from app.simulation.plan import Place

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OWN_TOPICS = 8
SEEN = 30
"""Messages of a chat that a tick sees, as in production (MESSAGES of the tick's query)."""


@dataclass(slots=True)
class Said:
    """A message with its subject and its depth in a chain of replies.

    `alone` counts the bots' messages of that chain since a person's last one.
    """

    message: MessageView
    subject: str
    depth: int
    alone: int


@dataclass(slots=True)
class Speech:
    """A plan that a bot has not sent yet; `cancelled` when an answer to a person superseded it.

    `topic` is the topic it opens, `emoji` the reaction it sends instead of a text.
    """

    bot_id: int
    chat_id: int
    target: Said | None
    subject: str
    ambient: bool
    asked_at: float | None
    topic: str | None = None
    emoji: str | None = None
    cancelled: bool = False


class Chat:
    """One chat: messages shared by all bots, and a view for each bot with its own last message."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.said: deque[Said] = deque(maxlen=SEEN)
        self.floor_taken = False
        self.last_ambient_at: dt.datetime | None = None
        self.last_topic_at: dt.datetime | None = None
        self._reactions: deque[ReactionView] = deque(maxlen=SEEN)
        self._messages: tuple[MessageView, ...] = ()
        self._views: dict[int, ChatView] = {}
        self._own: dict[int, dt.datetime] = {}

    def add(self, said: Said) -> None:
        """Adds a message."""
        self.said.append(said)
        self._messages = tuple(each.message for each in self.said)
        if said.message.author_bot_id is not None:
            self._own[said.message.author_bot_id] = said.message.sent_at
        self.change()

    def react(self, said: Said, bot_id: int, now: dt.datetime) -> None:
        """Adds a bot's reaction to a message."""
        self._reactions.append(ReactionView(said.message.id, bot_id))
        self._own[bot_id] = now
        self.change()

    def change(self) -> None:
        """Invalidates the cached views of the bots."""
        self._views.clear()

    def view(self, bot_id: int, settings: FleetSettings) -> ChatView:
        """Returns the chat as a bot sees it now."""
        view = self._views.get(bot_id)
        if view is None:
            view = self._views[bot_id] = ChatView(
                id=self.place.id,
                title=self.place.title,
                topics=self.place.topics,
                messages=self._messages,
                floor_taken=self.floor_taken,
                last_ambient_at=self.last_ambient_at,
                last_own_at=self._own.get(bot_id),
                settings=settings,
                bots=len(self.place.bot_ids),
                last_topic_at=self.last_topic_at,
                reactions=tuple(self._reactions),
            )
        return view

    def find(self, message_id: int) -> Said | None:
        """Returns a message if it is among the last ones, else None."""
        return next((each for each in self.said if each.message.id == message_id), None)


class Lately:
    """Timestamps of the last day, in order."""

    def __init__(self) -> None:
        self._times: deque[dt.datetime] = deque()

    def add(self, now: dt.datetime) -> None:
        """Adds a timestamp and drops those older than a day."""
        self._times.append(now)
        while self._times[0] <= now - DAY:
            self._times.popleft()

    def count(self, now: dt.datetime, span: dt.timedelta) -> int:
        """Returns the number of timestamps within `span`."""
        since = now - span
        return len(self._times) - bisect_right(self._times, since)


@dataclass(slots=True)
class Bot:
    """One bot: its chats, its plan in progress, and its open mentions."""

    profile: BotProfile
    chats: list[Chat] = field(default_factory=list)
    speech: Speech | None = None
    last_spoke_at: dt.datetime | None = None
    mentions: list[MentionView] = field(default_factory=list)
    said: Lately = field(default_factory=Lately)
    reacted: Lately = field(default_factory=Lately)
    topics: deque[str] = field(default_factory=lambda: deque(maxlen=OWN_TOPICS))
    voiced: dict[str, VoicedStance] = field(default_factory=dict)

    def note(self, speech: Speech, now: dt.datetime) -> None:
        """Records that it spoke or reacted."""
        self.speech, self.last_spoke_at = None, now
        (self.reacted if speech.emoji else self.said).add(now)
        if speech.topic is not None:
            self.topics.appendleft(speech.topic)
            if any(stance.topic == speech.topic for stance in self.profile.stances):
                self.voiced[speech.topic] = VoicedStance(speech.topic, now)

    def context(self, now: dt.datetime, settings: FleetSettings, wanted: int | None) -> TickContext:
        """Returns the context of a tick of this bot."""
        if self.mentions:
            self.mentions = [mention for mention in self.mentions if mention.expires_at > now]
        speech, bot_id = self.speech, self.profile.bot_id
        return TickContext(
            bot=self.profile,
            bot_status="active",
            chats=tuple([chat.view(bot_id, settings) for chat in self.chats]),
            mentions=tuple(self.mentions),
            settings=settings,
            last_spoke_at=self.last_spoke_at,
            speaking="no" if speech is None else "ambient" if speech.ambient else "busy",
            wanted_mention_id=wanted,
            said_last_hour=self.said.count(now, HOUR),
            said_last_day=self.said.count(now, DAY),
            reacted_last_hour=self.reacted.count(now, HOUR),
            own_topics=tuple(self.topics),
            voiced=tuple(self.voiced.values()),
        )
