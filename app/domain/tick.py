"""What a tick is given and what it decides."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from app.domain.behaviour.trace import Step
from app.domain.chat import ChatView, MentionView
from app.domain.money import UNLIMITED, Purse, Saving, saving_of
from app.domain.persona import BotProfile
from app.domain.settings import FleetSettings

Urgency = Literal["interactive", "ambient"]


@dataclass(frozen=True, slots=True)
class TickContext:
    """Everything `decide` may look at. `speaking` tells what the bot already has under way.

    `settings` are those that apply to this bot; each chat holds its own. The purses are what fleet and bot may spend
    today, and have spent.
    """

    bot: BotProfile
    bot_status: str
    chats: tuple[ChatView, ...]
    mentions: tuple[MentionView, ...]
    settings: FleetSettings
    last_spoke_at: dt.datetime | None = None
    speaking: Literal["no", "ambient", "busy"] = "no"
    wanted_mention_id: int | None = None
    fleet_purse: Purse = UNLIMITED
    bot_purse: Purse = UNLIMITED

    @property
    def saving(self) -> Saving:
        """How much the bot has to save wherever it speaks."""
        return saving_of((self.fleet_purse, self.bot_purse))

    def saving_in(self, chat_id: int) -> Saving:
        """How much the bot has to save in one of its chats."""
        return saving_of((self.fleet_purse, self.bot_purse, *(c.purse for c in self.chats if c.id == chat_id)))


@dataclass(frozen=True, slots=True)
class Silent:
    """The bot says nothing, for `reason` (a code such as `cooldown`)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The bot answers one message; `mention_id` is set when that message addressed it."""

    chat_id: int
    message_id: int
    mention_id: int | None = None

    @property
    def urgency(self) -> Urgency:
        """Someone waits for an answer to a mention; nobody waits for an unasked reply."""
        return "interactive" if self.mention_id is not None else "ambient"


@dataclass(frozen=True, slots=True)
class OpenTopic:
    """The bot starts a conversation."""

    chat_id: int
    topic: str

    urgency: Urgency = "ambient"


Plan = Silent | Reply | OpenTopic


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan, and the trace of every rule that led to it."""

    plan: Plan
    trace: tuple[Step, ...]
