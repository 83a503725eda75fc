"""Detection of the bots of a chat that a message addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.analysis.letters import fold_name

HANDLE = re.compile(r"(?<![\w.+-])@(\w{3,32})(?!\w)")


@dataclass(frozen=True, slots=True)
class Addressable:
    """A bot that is a member of the chat."""

    bot_id: int
    username: str
    display_name: str


def find_addressed(text: str, bots: Iterable[Addressable], replied_to_bot: int | None = None) -> Sequence[int]:
    """Returns ids of the bots named by @username or full display name, and of the bot whose message is answered.

    Case and accents do not count: "isik" names Işık.
    """
    handles = {fold_name(handle) for handle in HANDLE.findall(text)}
    folded = fold_name(text)
    addressed = [
        bot.bot_id
        for bot in bots
        if bot.username.lower() in handles or bot.bot_id == replied_to_bot or _is_named(bot.display_name, folded)
    ]
    return tuple(dict.fromkeys(addressed))


@lru_cache(4096)
def _fold_known(display_name: str) -> str:
    """Folds a bot's name once: each of a chat's messages is searched for it."""
    return fold_name(display_name)


def _is_named(display_name: str, folded_text: str) -> bool:
    """Returns whether the text has the full name as whole words; names under three letters are too common to count."""
    name = _fold_known(display_name)
    if len(name) < 3 or name not in folded_text:
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded_text) is not None
