"""The prompt of one request: fixed rules, then personas and chats, then one item per utterance.

Constant parts come first and parts that change with every message last, so that a provider's prompt cache holds as
much as possible: the rules, the personas, the chats, the items with their tasks, the time
(https://platform.openai.com/docs/guides/prompt-caching).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.domain.prompting.item import MAX_CHARACTERS, PROMPT_TOKENS, TOKENS_PER_WORD, PromptItem
from app.domain.prompting.request import describe_request, fit
from app.domain.prompting.rules import ALL_RULES, RULES, schema
from app.domain.prompting.token_budget import encode, tokens_of
from app.domain.prompting.token_rates import TokenRates
from app.domain.prompting.variants import FORMS, FULL, SHORT, Form

__all__ = [
    "ALL_RULES",
    "FORMS",
    "FULL",
    "MAX_CHARACTERS",
    "OVERHEAD_TOKENS",
    "PROMPT_TOKENS",
    "RULES",
    "SHORT",
    "Form",
    "PromptItem",
    "answer_budget",
    "build_messages",
    "estimate_tokens",
    "schema",
]

OVERHEAD_TOKENS = 16
AS_ESTIMATED = TokenRates()


def build_messages(
    items: Sequence[PromptItem], rates: TokenRates = AS_ESTIMATED, form: Form = FULL
) -> list[dict[str, str]]:
    """Returns the chat-completion messages of one request for all `items`, for a provider with these token `rates`."""
    body = encode(describe_request([fit(item, rates, form) for item in items], form))
    return [{"role": "system", "content": form.wording.rules}, {"role": "user", "content": body}]


def estimate_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    """Estimates the tokens of a prompt, with the overhead of each message."""
    return sum(tokens_of(m["content"]) + OVERHEAD_TOKENS for m in messages)


def answer_budget(items: Sequence[PromptItem]) -> int:
    """Returns the most tokens the answer to `items` may take: two a word, and the JSON around it."""
    return sum(math.ceil(item.max_words * TOKENS_PER_WORD) + OVERHEAD_TOKENS * 2 for item in items) + 32
