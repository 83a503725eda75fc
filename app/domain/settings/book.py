"""Which settings apply where: the fleet's, with what a chat or a bot overrides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.settings.fields import ScopeKind
from app.domain.settings.fleet import FleetSettings
from app.domain.settings.parsing import settings_from, valid_overrides

MOST_KEPT = 4096
"""Combinations of an overriding bot in an overriding chat that a book remembers before it starts again."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a setting applies: the whole fleet, one chat or one bot. As text `fleet`, `chat:7`, `bot:7`."""

    kind: ScopeKind
    id: int | None = None

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


FLEET = Scope("fleet")


def parse_scope(text: str) -> Scope | None:
    """The scope that `text` names; None when it names none."""
    kind, _, number = text.partition(":")
    if text == "fleet":
        return FLEET
    if kind in ("chat", "bot") and number.isascii() and number.isdecimal():
        return Scope("chat" if kind == "chat" else "bot", int(number))
    return None


@dataclass(frozen=True, slots=True)
class Scoped:
    """One setting everywhere: the fleet's value, and the own ones of chats and bots by id."""

    fleet: Any
    chats: Mapping[int, Any]
    bots: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class SettingsBook:
    """All settings at one moment. Only values that fit are in it.

    A bot's own value wins over the chat's, the chat's over the fleet's: whoever sets something for one bot speaks of
    that bot alone, while a chat's value is meant for whichever bots happen to be there. Limits that protect a chat
    cannot be set for a bot, so that no bot is let past them.
    """

    fleet: FleetSettings = field(default_factory=FleetSettings)
    chats: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    bots: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    _kept: dict[tuple[int | None, int | None], FleetSettings] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, *, bot_id: int | None = None, chat_id: int | None = None) -> FleetSettings:
        """What applies to this bot, in this chat. The fleet's own object wherever nothing is overridden."""
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
        """One setting in all scopes."""
        chats = {number: values[key] for number, values in self.chats.items() if key in values}
        bots = {number: values[key] for number, values in self.bots.items() if key in values}
        return Scoped(getattr(self.fleet, key), chats, bots)


def book_from(stored: Mapping[Scope, Mapping[str, Any]]) -> SettingsBook:
    """The book of what is stored by scope; a value that does not fit its setting or its scope is left out."""
    chats: dict[int, Mapping[str, Any]] = {}
    bots: dict[int, Mapping[str, Any]] = {}
    for scope, values in stored.items():
        if scope.id is None:
            continue
        if valid := valid_overrides(values, scope.kind):
            (chats if scope.kind == "chat" else bots)[scope.id] = valid
    return SettingsBook(settings_from(stored.get(FLEET, {})), chats, bots)
