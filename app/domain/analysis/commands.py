"""Bot commands: https://core.telegram.org/bots/features#commands"""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMAND = re.compile(r"^/([A-Za-z0-9_]{1,32})(?:@(\w{3,32}))?(?=\s|$)")

KNOWN_COMMANDS = frozenset({"about"})
"""Commands that the fleet answers without being named; another bot of the group may own every other one."""


@dataclass(frozen=True, slots=True)
class Command:
    """A message that begins with a command: its word, and the username of the bot that it names."""

    word: str
    handle: str | None

    @property
    def is_bare(self) -> bool:
        """Whether it is one of ours and names no bot, so that one bot answers for all."""
        return self.handle is None and self.word in KNOWN_COMMANDS


def find_command(text: str) -> Command | None:
    """The command that a message begins with; words and handles in lower case."""
    match = COMMAND.match(text)
    if match is None:
        return None
    return Command(match[1].lower(), match[2].lower() if match[2] else None)
