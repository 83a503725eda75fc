"""The prompt of one request: fixed rules, then one item per utterance.

Constant parts come first and parts that change with every message last, so that a provider's prompt cache holds as
much as possible: the rules, then a persona, then the chat (https://platform.openai.com/docs/guides/prompt-caching).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.conversation.views import MessageView
from app.domain.fleet.persona import BotProfile
from app.domain.prompting.persona import describe_persona
from app.domain.prompting.rules import RULES, schema
from app.domain.prompting.token_budget import BYTES_PER_TOKEN, encode, keep_within, tokens_of
from app.domain.prompting.token_rates import TokenRates

__all__ = ["RULES", "PromptItem", "answer_budget", "build_messages", "estimate_tokens", "schema"]

MAX_CHARACTERS = 500
PROMPT_TOKENS = 1500
TOKENS_PER_WORD = 2.0
OVERHEAD_TOKENS = 16
AS_ESTIMATED = TokenRates()


@dataclass(frozen=True, slots=True)
class PromptItem:
    """The prompt data of one utterance. `messages` are the chat's newest ones, `thread` is `target`'s conversation,
    both oldest first and without it; `facts` come from memory, `said_before` are the bot's own earlier texts.

    `canary` is unique to this item. `token_budget` is the most tokens a provider may count for it; persona, target and
    the newest messages are kept in any case. `rewrite` is what was wrong with its previous text.
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

    @property
    def shown(self) -> tuple[MessageView, ...]:
        """Returns all messages that the prompt may hold."""
        return (*self.thread, *self.messages, *([self.target] if self.target else []))


def build_messages(items: Sequence[PromptItem], rates: TokenRates = AS_ESTIMATED) -> list[dict[str, str]]:
    """Returns the chat-completion messages of one request for all `items`, for a provider with these token `rates`."""
    body = encode({"items": [_fit(item, str(place), rates) for place, item in enumerate(items, start=1)]})
    return [{"role": "system", "content": RULES}, {"role": "user", "content": body}]


def estimate_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Estimates the tokens of a prompt, with the overhead of each message."""
    return sum(tokens_of(m["content"]) + OVERHEAD_TOKENS for m in messages)


def answer_budget(items: Sequence[PromptItem]) -> int:
    """Returns the most tokens the answer to `items` may take: two a word, and the JSON around it."""
    return sum(math.ceil(item.max_words * TOKENS_PER_WORD) + OVERHEAD_TOKENS * 2 for item in items) + 32


def _fit(item: PromptItem, number: str, rates: TokenRates) -> dict[str, Any]:
    """Returns the item with as many lines, facts and statements as fit its token budget."""
    lines = sorted((*item.thread, *item.messages), key=lambda m: (m.sent_at, m.telegram_message_id))
    budget = rates.within_estimate(item.token_budget)
    room = budget * BYTES_PER_TOKEN - len(encode(_describe(item, number, (), ())).encode())
    remembered = (*item.facts, *item.said_before)
    kept, told = keep_within(room, [_message(line) for line in lines], [text[:MAX_CHARACTERS] for text in remembered])
    return _describe(item, number, lines[len(lines) - kept :], remembered[:told])


def _describe(item: PromptItem, number: str, lines: Sequence[MessageView], remembered: Sequence[str]) -> dict[str, Any]:
    target = _message(item.target) if item.target else None
    facts = len(item.facts)
    thread = {line.telegram_message_id for line in item.thread}
    rewrite = {"rewrite": item.rewrite} if item.rewrite else {}
    return {
        "persona": describe_persona(item.bot),
        "chat": {
            "title": item.chat_title,
            "topics": list(item.chat_topics),
            "facts": [text[:MAX_CHARACTERS] for text in remembered[:facts]],
            "said_before": [text[:MAX_CHARACTERS] for text in remembered[facts:]],
            "thread": [_message(line) for line in lines if line.telegram_message_id in thread],
            "messages": [_message(line) for line in lines if line.telegram_message_id not in thread],
        },
        "id": number,
        "ref": item.canary,
        "task": {
            "kind": "reply" if target else "topic",
            "target": target,
            "topic": item.topic,
            "max_words": item.max_words,
            **rewrite,
        },
    }


def _message(message: MessageView) -> dict[str, Any]:
    return {
        "id": str(message.telegram_message_id),
        "from": message.author,
        "text": message.text[:MAX_CHARACTERS],
        "is_bot": message.author_bot_id is not None,
    }
