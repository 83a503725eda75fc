"""What a setting is made of: a default, a range, a unit, a sentence of help, its section, and where it may be set."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

ScopeKind = Literal["fleet", "chat", "bot"]

FLEET_ONLY: tuple[ScopeKind, ...] = ("fleet",)
PER_CHAT: tuple[ScopeKind, ...] = ("fleet", "chat")
PER_BOT: tuple[ScopeKind, ...] = ("fleet", "bot")
ANYWHERE: tuple[ScopeKind, ...] = ("fleet", "chat", "bot")


def number(
    default: float,
    low: float,
    high: float,
    unit: str,
    text: str,
    *,
    group: str,
    scopes: tuple[ScopeKind, ...] = ANYWHERE,
) -> Any:
    """A number from `low` to `high`, with its unit, its sentence of help, its section and where it may be set."""
    metadata = {"low": low, "high": high, "unit": unit, "help": text, "group": group, "scopes": scopes}
    return field(default=default, metadata=metadata)


def words(text: str, *, group: str, scopes: tuple[ScopeKind, ...] = ANYWHERE) -> Any:
    """Words or phrases, none at first."""
    return field(default=(), metadata={"unit": "", "help": text, "group": group, "scopes": scopes})
