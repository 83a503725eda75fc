"""What a tick is given and what it decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.domain.behaviour.trace import Step
from app.domain.conversation.views import ChatView, MentionView
from app.domain.fleet.persona import BotProfile
from app.domain.money import UNLIMITED, DailyBudget, Saving, saving_of
from app.domain.settings import FleetSettings

Urgency = Literal["interactive", "ambient"]


@dataclass(frozen=True, slots=True)
class VoicedStance:
    """When the bot last opened a conversation about one of its stances."""

    topic: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class TickContext:
    """Everything `decide` may look at. `speaking` tells what the bot already has under way.

    `settings` are those that apply to this bot; each chat holds its own. The budgets are what fleet and bot may spend,
    and have spent, today. `said_last_hour` and `said_last_day` count its messages of the last 60 minutes and 24 hours,
    `reacted_last_hour` its reactions; `own_topics` are the topics it opened in the last 24 hours, the newest first.
    """

    bot: BotProfile
    bot_status: str
    chats: tuple[ChatView, ...]
    mentions: tuple[MentionView, ...]
    settings: FleetSettings
    last_spoke_at: dt.datetime | None = None
    speaking: Literal["no", "ambient", "busy"] = "no"
    wanted_mention_id: int | None = None
    fleet_budget: DailyBudget = UNLIMITED
    bot_budget: DailyBudget = UNLIMITED
    said_last_hour: int = 0
    said_last_day: int = 0
    reacted_last_hour: int = 0
    own_topics: tuple[str, ...] = ()
    voiced: tuple[VoicedStance, ...] = ()

    @property
    def saving(self) -> Saving:
        """How much the bot has to save wherever it speaks."""
        return saving_of((self.fleet_budget, self.bot_budget))

    def saving_in(self, chat_id: int) -> Saving:
        """How much the bot has to save in one of its chats."""
        return saving_of((self.fleet_budget, self.bot_budget, *(c.daily_budget for c in self.chats if c.id == chat_id)))


@dataclass(frozen=True, slots=True)
class Silent:
    """The bot says nothing, for `reason` (a code such as `cooldown`)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The bot answers one message; `mention_id` is set when that message addressed it.

    It takes at most `max_words` (None: the setting's) and `reading_s` seconds before it types.
    """

    chat_id: int
    message_id: int
    mention_id: int | None = None
    max_words: int | None = None
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Someone waits for an answer to a mention; nobody waits for an unasked reply."""
        return "interactive" if self.mention_id is not None else "ambient"


@dataclass(frozen=True, slots=True)
class OpenTopic:
    """The bot starts a conversation, as long and as soon as a reply."""

    chat_id: int
    topic: str
    max_words: int | None = None
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Nobody waits for it."""
        return "ambient"


@dataclass(frozen=True, slots=True)
class React:
    """The bot puts an emoji on one message, `reading_s` seconds from now, and says nothing."""

    chat_id: int
    message_id: int
    emoji: str
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Nobody waits for it."""
        return "ambient"


Speech = Reply | OpenTopic | React
"""A plan that leaves something in a chat."""

Plan = Silent | Speech


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan, and the trace of every rule that led to it."""

    plan: Plan
    trace: tuple[Step, ...]
