"""What a setting is made of: a default, a range, a unit, a sentence of help, its section, and where it may be set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ScopeKind = Literal["fleet", "chat", "bot"]
Scopes = tuple[ScopeKind, ...]

FLEET_ONLY: Scopes = ("fleet",)
PER_CHAT: Scopes = ("fleet", "chat")
PER_BOT: Scopes = ("fleet", "bot")
ANYWHERE: Scopes = ("fleet", "chat", "bot")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the settings page with its sentence; its methods make the fields of the settings in it."""

    name: str
    help: str

    def number(
        self, default: float, low: float, high: float, unit: str, text: str, *, scopes: Scopes = ANYWHERE
    ) -> Any:
        """A number from `low` to `high`, with its unit, its sentence of help, and where it may be set."""
        return field(default=default, metadata={"low": low, "high": high, **self._told(unit, text, scopes)})

    def words(self, text: str, *, scopes: Scopes = ANYWHERE) -> Any:
        """Words or phrases, none at first."""
        return field(default=(), metadata=self._told("", text, scopes))

    def switch(self, text: str, *, scopes: Scopes = ANYWHERE) -> Any:
        """On or off, off at first."""
        return field(default=False, metadata=self._told("", text, scopes))

    def _told(self, unit: str, text: str, scopes: Scopes) -> dict[str, Any]:
        return {"unit": unit, "help": text, "group": self.name, "scopes": scopes}
