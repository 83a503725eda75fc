"""The input of a tick and the plans it can decide."""

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
    """The time when the bot last opened a conversation about one of its stances."""

    topic: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class TickContext:
    """The whole input of `decide`. `speaking` is the bot's open utterance, if any.

    `settings` are those of this bot; each chat holds its own. The budgets are those of the fleet and the bot, with what
    was spent today. `said_last_hour` and `said_last_day` count its messages of the last 60 minutes and 24 hours,
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
        """Returns the step of saving that applies to the bot in every chat."""
        return saving_of((self.fleet_budget, self.bot_budget))

    def saving_in(self, chat_id: int) -> Saving:
        """Returns the step of saving that applies to the bot in one chat."""
        return saving_of((self.fleet_budget, self.bot_budget, *(c.daily_budget for c in self.chats if c.id == chat_id)))


@dataclass(frozen=True, slots=True)
class Silent:
    """The bot says nothing, for `reason` (a code such as `cooldown`)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The bot answers one message; `mention_id` is set when that message addressed it.

    It has at most `max_words` (None: the setting's); typing starts after `reading_s` seconds.
    """

    chat_id: int
    message_id: int
    mention_id: int | None = None
    max_words: int | None = None
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Returns interactive for an answer to a mention, ambient for an unasked reply."""
        return "interactive" if self.mention_id is not None else "ambient"


@dataclass(frozen=True, slots=True)
class OpenTopic:
    """The bot starts a conversation; `max_words` and `reading_s` are as in `Reply`."""

    chat_id: int
    topic: str
    max_words: int | None = None
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Returns ambient: it is unasked."""
        return "ambient"


@dataclass(frozen=True, slots=True)
class React:
    """The bot reacts to one message with an emoji, in `reading_s` seconds, and sends no text."""

    chat_id: int
    message_id: int
    emoji: str
    reading_s: float = 0.0

    @property
    def urgency(self) -> Urgency:
        """Returns ambient: it is unasked."""
        return "ambient"


Speech = Reply | OpenTopic | React
"""A plan that sends something to a chat."""

Plan = Silent | Speech


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan, and the trace of every evaluated rule."""

    plan: Plan
    trace: tuple[Step, ...]
