"""A fleet on a virtual clock: the engine decides, and plans are sent after their bot's reading and typing time.

There is no model, no network and no waiting. The constraints that Postgres enforces hold here too: a bot has one
utterance at a time, and a chat has one floor. Texts of bots are their topic or the answered message's author.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.domain.behaviour.decide import decide
from app.domain.behaviour.tick import Decision, OpenTopic, React, Reply, Speech, TickContext, VoicedStance
from app.domain.conversation.views import ChatView, MentionView, MessageView, ReactionView
from app.domain.fleet.persona import BotProfile
from app.domain.settings import FleetSettings

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(hours=24)
IN_SIGHT = 30
TYPING = dt.timedelta(seconds=2)


@dataclass
class Room:
    """A chat: its static view, all its messages, and its floor."""

    view: ChatView
    members: tuple[int, ...]
    said: list[MessageView] = field(default_factory=list)
    reactions: list[tuple[dt.datetime, ReactionView]] = field(default_factory=list)
    floor_taken: bool = False
    last_ambient_at: dt.datetime | None = None
    last_topic_at: dt.datetime | None = None


@dataclass
class Member:
    """A bot and its history."""

    profile: BotProfile
    spoke: list[dt.datetime] = field(default_factory=list)
    reacted: list[dt.datetime] = field(default_factory=list)
    opened: list[tuple[dt.datetime, str]] = field(default_factory=list)
    busy: str = "no"


@dataclass(frozen=True)
class Turn:
    """One decision, with all that is needed to replay it."""

    context: TickContext
    now: dt.datetime
    seed: int
    decision: Decision


@dataclass(frozen=True)
class Said:
    """A bot's message or reaction that arrived in a chat."""

    bot_id: int
    chat_id: int
    plan: Speech
    planned_at: dt.datetime
    sent_at: dt.datetime
    message: MessageView | None


class VirtualFleet:
    """Bots in chats; `turns` and `said` record the results."""

    def __init__(self, rooms: Sequence[Room], bots: Iterable[BotProfile], settings: FleetSettings, seed: int) -> None:
        self.rooms = {room.view.id: room for room in rooms}
        self.members = {bot.bot_id: Member(bot) for bot in bots}
        self.turns: list[Turn] = []
        self.said: list[Said] = []
        self._settings = settings
        self._rng = random.Random(seed)
        self._numbers = itertools.count(1_000_000)
        self._order = itertools.count()
        self._under_way: list[tuple[dt.datetime, int, int, Speech, dt.datetime]] = []

    def hear(self, chat_id: int, message: MessageView, called: Iterable[int] = ()) -> None:
        """Adds a person's message; the bots that it mentions take a turn at once."""
        self.advance(message.sent_at)
        self.rooms[chat_id].said.append(message)
        for bot_id in called:
            mention = MentionView(message.id, chat_id, message, message.sent_at + dt.timedelta(minutes=5))
            self.tick(bot_id, message.sent_at, mention)

    def tick(self, bot_id: int, now: dt.datetime, mention: MentionView | None = None) -> None:
        """Runs one turn of a bot."""
        self.advance(now)
        context, seed = self._gather(bot_id, now, mention), self._rng.getrandbits(63)
        decision = decide(context, now, random.Random(seed))
        self.turns.append(Turn(context, now, seed, decision))
        plan = decision.plan
        if isinstance(plan, Speech):
            self._begin(bot_id, plan, now)

    def advance(self, now: dt.datetime) -> None:
        """Delivers everything due by `now`."""
        while self._under_way and self._under_way[0][0] <= now:
            sent_at, _, bot_id, plan, planned_at = heapq.heappop(self._under_way)
            self._arrive(bot_id, plan, planned_at, sent_at)

    def _begin(self, bot_id: int, plan: Speech, now: dt.datetime) -> None:
        member, room = self.members[bot_id], self.rooms[plan.chat_id]
        if plan.urgency == "interactive" and member.busy == "ambient":
            self._supersede(bot_id)
        member.busy = "ambient" if plan.urgency == "ambient" else "busy"
        if plan.urgency == "ambient":
            room.floor_taken = True
        wait = dt.timedelta(seconds=plan.reading_s) + (dt.timedelta(0) if isinstance(plan, React) else TYPING)
        heapq.heappush(self._under_way, (now + wait, next(self._order), bot_id, plan, now))

    def _supersede(self, bot_id: int) -> None:
        for entry in [entry for entry in self._under_way if entry[2] == bot_id]:
            self._under_way.remove(entry)
            self.rooms[entry[3].chat_id].floor_taken = False
        heapq.heapify(self._under_way)

    def _arrive(self, bot_id: int, plan: Speech, planned_at: dt.datetime, sent_at: dt.datetime) -> None:
        member, room = self.members[bot_id], self.rooms[plan.chat_id]
        member.busy = "no"
        if plan.urgency == "ambient":
            room.floor_taken = False
        message = None
        if isinstance(plan, React):
            member.reacted.append(sent_at)
            room.reactions.append((sent_at, ReactionView(plan.message_id, bot_id)))
        else:
            message = self._say(member, room, plan, sent_at)
        self.said.append(Said(bot_id, plan.chat_id, plan, planned_at, sent_at, message))

    def _say(self, member: Member, room: Room, plan: Reply | OpenTopic, sent_at: dt.datetime) -> MessageView:
        number, bot = next(self._numbers), member.profile
        target = None
        if isinstance(plan, Reply):
            target = next(message for message in room.said if message.id == plan.message_id)
        else:
            room.last_topic_at = sent_at
            member.opened.append((sent_at, plan.topic))
        if plan.urgency == "ambient":
            room.last_ambient_at = sent_at
        text = plan.topic if isinstance(plan, OpenTopic) else f"to {target.author}" if target else ""
        reply_to = target.telegram_message_id if target else None
        message = MessageView(number, number, bot.display_name, bot.bot_id, text, sent_at, reply_to=reply_to)
        room.said.append(message)
        member.spoke.append(sent_at)
        return message

    def _gather(self, bot_id: int, now: dt.datetime, mention: MentionView | None) -> TickContext:
        member = self.members[bot_id]
        return TickContext(
            bot=member.profile,
            bot_status="active",
            chats=tuple(self._look(room, bot_id, now) for room in self.rooms.values() if bot_id in room.members),
            mentions=() if mention is None else (mention,),
            settings=self._settings,
            last_spoke_at=member.spoke[-1] if member.spoke else None,
            speaking=member.busy,  # type: ignore[arg-type]
            wanted_mention_id=None if mention is None else mention.id,
            said_last_hour=sum(now - at < HOUR for at in member.spoke),
            said_last_day=sum(now - at < DAY for at in member.spoke),
            reacted_last_hour=sum(now - at < HOUR for at in member.reacted),
            own_topics=tuple(topic for at, topic in reversed(member.opened) if now - at < DAY)[:8],
            voiced=tuple(VoicedStance(topic, at) for at, topic in member.opened),
        )

    def _look(self, room: Room, bot_id: int, now: dt.datetime) -> ChatView:
        view = room.view
        own = [message.sent_at for message in room.said if message.author_bot_id == bot_id]
        return ChatView(
            id=view.id,
            title=view.title,
            topics=view.topics,
            messages=tuple(room.said[-IN_SIGHT:]),
            floor_taken=room.floor_taken,
            last_ambient_at=room.last_ambient_at,
            last_own_at=own[-1] if own else None,
            settings=view.settings,
            timezone=view.timezone,
            quiet=view.quiet,
            bots=len(room.members),
            last_topic_at=room.last_topic_at,
            reactions=tuple(reaction for at, reaction in room.reactions if now - at < HOUR),
            muted=view.muted,
            headlines=view.headlines,
        )
