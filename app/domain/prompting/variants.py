"""The two forms of a prompt: the full one, and a short one for small models and slow servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.domain.fleet.persona import BotProfile
from app.domain.prompting.item import PromptItem
from app.domain.prompting.persona import describe_persona, describe_shortly
from app.domain.prompting.wording import CHAT, CHAT_SHORT, Wording, read_wording


@dataclass(frozen=True, slots=True)
class Form:
    """How much a prompt tells: its wording, what it says of a persona, and limits; None is no limit of its own.

    `lines` bounds the thread and the other lines each, `remembered` facts and own statements each, `tokens` the item.
    With `repeats_target` the task holds the words that are to be answered, and not the number of their line.
    """

    wording: Wording
    describe_persona: Callable[[BotProfile], dict[str, Any]]
    lines: int | None = None
    remembered: int | None = None
    tokens: int | None = None
    repeats_target: bool = False

    def trim(self, item: PromptItem) -> PromptItem:
        """Returns the item within the limits: its newest lines, its first facts and statements."""
        if self.lines is None or self.remembered is None or self.tokens is None:
            return item
        return replace(
            item,
            thread=item.thread[-self.lines :],
            messages=item.messages[-self.lines :],
            facts=item.facts[: self.remembered],
            said_before=item.said_before[: self.remembered],
            token_budget=min(item.token_budget, self.tokens),
        )


FULL = Form(read_wording(CHAT), describe_persona)

SHORT = Form(read_wording(CHAT_SHORT), describe_shortly, lines=3, remembered=1, tokens=260, repeats_target=True)
"""With its rules of some 200 tokens a message stays below 500: a server that reads 130 tokens a second takes 4 s."""

FORMS = {"full": FULL, "short": SHORT}
"""By the values of the setting LLM_PROMPT."""
