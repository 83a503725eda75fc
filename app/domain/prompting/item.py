"""The prompt data of one utterance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.conversation.views import MessageView
from app.domain.fleet.persona import BotProfile

MAX_CHARACTERS = 500
PROMPT_TOKENS = 1500
TOKENS_PER_WORD = 2.0


@dataclass(frozen=True, slots=True)
class PromptItem:
    """The prompt data of one utterance. `messages` are the chat's newest ones, `thread` is `target`'s conversation,
    both oldest first and without it; `facts` come from memory, `said_before` are the bot's own earlier texts.

    `canary` is unique to this item. `token_budget` is the most tokens a provider may count for it; persona, target and
    the newest messages are kept in any case. `rewrite` is what was wrong with its previous text. `visible` are all
    messages of chat `chat_id` that the bot may see: items that may see the same ones share their chat in a request.
    `now` is the engine's time.
    """

    utterance_id: int
    bot: BotProfile
    chat_title: str
    chat_topics: tuple[str, ...]
    messages: tuple[MessageView, ...]
    target: MessageView | None
    topic: str | None
    max_words: int
    canary: str = ""
    thread: tuple[MessageView, ...] = ()
    facts: tuple[str, ...] = ()
    said_before: tuple[str, ...] = ()
    token_budget: int = PROMPT_TOKENS
    rewrite: str | None = None
    chat_id: int | None = None
    visible: tuple[MessageView, ...] = ()
    now: dt.datetime | None = None

    @property
    def shown(self) -> tuple[MessageView, ...]:
        """Returns all messages that the prompt may hold."""
        return (*self.thread, *self.messages, *([self.target] if self.target else []))

    @property
    def view(self) -> tuple[int, ...] | None:
        """The chat and the ids of what its bot may see there; None for an item that shares its chat with no other.

        A person who muted one bot is missing in that bot's view: it differs from the others' views, and their lines
        stay out of its part of the prompt.
        """
        ids = tuple(message.id for message in self.visible)
        if self.chat_id is None or not {message.id for message in self.shown} <= set(ids):
            return None
        return (self.chat_id, *ids)
