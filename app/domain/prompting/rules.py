"""The wording of requests for chat messages, and the JSON schema of the answer."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.domain.prompting.schemas import items_schema
from app.domain.prompting.wording import CHAT, CHAT_SHORT, read_wording

RULES = read_wording(CHAT).rules

ALL_RULES = "\n".join(read_wording(name).rules for name in (CHAT, CHAT_SHORT))
"""Whatever a model may have been told as rules, for those who look for it in its answers."""


@cache
def schema(count: int) -> dict[str, Any]:
    """Returns the JSON schema of an answer to `count` items: the same object each time, as providers cache it."""
    return items_schema({"text": {"type": "string"}}, count)
