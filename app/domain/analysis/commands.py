"""Bot commands: https://core.telegram.org/bots/features#commands

Chorus answers /about, /help, /mute, /unmute and /forgetme by code. Other bots of the group have commands of these names
too: one that names another bot, or a person, as moderation bots require, is not for us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.analysis.addressing import Addressable
from app.domain.analysis.letters import fold_name

COMMAND = re.compile(r"^/([A-Za-z0-9_]{1,32})(?:@(\w{3,32}))?(?=\s|$)")
ARGUMENT = re.compile(r"\s*@(\w{3,32})\s*")

KNOWN_COMMANDS = ("about", "help", "mute", "unmute", "forgetme")
"""Commands that the fleet answers without being named; all others may belong to another bot of the group."""

ABOUT_SOMEBODY = frozenset({"mute", "unmute"})


@dataclass(frozen=True, slots=True)
class Command:
    """A message that begins with a command: its word, the username of the bot that it names, and the arguments."""

    word: str
    handle: str | None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class FleetCommand:
    """A command for the fleet. Without a `bot_id` it is for all bots of the chat, and one of them answers."""

    word: str
    bot_id: int | None = None


def find_command(text: str) -> Command | None:
    """Parses the command that a message begins with; words and handles in lower case."""
    match = COMMAND.match(text)
    if match is None:
        return None
    return Command(match[1].lower(), fold_name(match[2]) if match[2] else None, text[match.end() :].strip())


def find_fleet_command(
    text: str, bots: Iterable[Addressable], *, is_reply: bool = False, replied_to_bot: int | None = None
) -> FleetCommand | None:
    """Returns the fleet command in `text`; None when there is none.

    A bot is named as /mute@its_username, as /mute @its_username, or by a reply to its message. /mute and /unmute with
    another argument, or in reply to somebody else, are for a moderation bot.
    """
    command = find_command(text)
    if command is None or command.word not in KNOWN_COMMANDS:
        return None
    ids = {bot.username.lower(): bot.bot_id for bot in bots}
    argument = ARGUMENT.fullmatch(command.rest)
    handle = command.handle or (fold_name(argument[1]) if argument else None)
    if handle is not None:
        return FleetCommand(command.word, ids[handle]) if handle in ids else None
    if command.word in ABOUT_SOMEBODY and (command.rest or (is_reply and replied_to_bot is None)):
        return None
    return FleetCommand(command.word, replied_to_bot if replied_to_bot in ids.values() else None)
