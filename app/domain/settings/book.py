"""Resolution of settings by scope: the fleet's, with overrides of chats and bots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.settings.fields import ScopeKind
from app.domain.settings.fleet import FleetSettings
from app.domain.settings.parsing import settings_from, valid_overrides

MOST_KEPT = 4096
"""The most combinations of a bot and a chat with overrides in a book's cache, which is cleared when full."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a setting applies: the whole fleet, one chat or one bot. As text `fleet`, `chat:7`, `bot:7`."""

    kind: ScopeKind
    id: int | None = None

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


FLEET = Scope("fleet")


def parse_scope(text: str) -> Scope | None:
    """Parses a scope; None when `text` is none."""
    kind, _, number = text.partition(":")
    if text == "fleet":
        return FLEET
    if kind in ("chat", "bot") and number.isascii() and number.isdecimal():
        return Scope("chat" if kind == "chat" else "bot", int(number))
    return None


@dataclass(frozen=True, slots=True)
class Scoped:
    """One setting in all scopes: the fleet's value, and the overrides of chats and bots by id."""

    fleet: Any
    chats: Mapping[int, Any]
    bots: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class SettingsBook:
    """A snapshot of all settings, with valid values only.

    A bot's own value wins over the chat's, the chat's over the fleet's: a bot's value is meant for that bot alone, a
    chat's for all bots in it. Limits that protect a chat cannot be set for a bot, so that no bot can bypass them.
    """

    fleet: FleetSettings = field(default_factory=FleetSettings)
    chats: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    bots: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    _kept: dict[tuple[int | None, int | None], FleetSettings] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, *, bot_id: int | None = None, chat_id: int | None = None) -> FleetSettings:
        """Returns the settings of this bot in this chat; the fleet's own object if nothing is overridden."""
        bot = bot_id if bot_id in self.bots else None
        chat = chat_id if chat_id in self.chats else None
        if bot is None and chat is None:
            return self.fleet
        found = self._kept.get((bot, chat))
        return self._work_out(bot, chat) if found is None else found

    def _work_out(self, bot: int | None, chat: int | None) -> FleetSettings:
        overrides: dict[str, Any] = {}
        if chat is not None:
            overrides |= self.chats[chat]
        if bot is not None:
            overrides |= self.bots[bot]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        found = self._kept[bot, chat] = replace(self.fleet, **overrides)
        return found

    def everywhere(self, key: str) -> Scoped:
        """Returns one setting in all scopes."""
        chats = {number: values[key] for number, values in self.chats.items() if key in values}
        bots = {number: values[key] for number, values in self.bots.items() if key in values}
        return Scoped(getattr(self.fleet, key), chats, bots)


def book_from(stored: Mapping[Scope, Mapping[str, Any]]) -> SettingsBook:
    """Builds a book from stored values by scope; a value that is invalid for its setting or scope is left out."""
    chats: dict[int, Mapping[str, Any]] = {}
    bots: dict[int, Mapping[str, Any]] = {}
    for scope, values in stored.items():
        if scope.id is None:
            continue
        if valid := valid_overrides(values, scope.kind):
            (chats if scope.kind == "chat" else bots)[scope.id] = valid
    return SettingsBook(settings_from(stored.get(FLEET, {})), chats, bots)
