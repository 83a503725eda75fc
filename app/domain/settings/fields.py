"""Fields of settings: default, range, unit, help sentence, section and scopes."""

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
    """A section of the settings page with its help; its methods create the fields of its settings."""

    name: str
    help: str

    def number(
        self, default: float, low: float, high: float, unit: str, text: str, *, scopes: Scopes = ANYWHERE
    ) -> Any:
        """Creates a number from `low` to `high`, with its unit, help sentence and scopes."""
        return field(default=default, metadata={"low": low, "high": high, **self._told(unit, text, scopes)})

    def words(self, text: str, *, scopes: Scopes = ANYWHERE) -> Any:
        """Creates a setting of words or phrases, empty by default."""
        return field(default=(), metadata=self._told("", text, scopes))

    def switch(self, text: str, *, scopes: Scopes = ANYWHERE) -> Any:
        """Creates a switch, off by default."""
        return field(default=False, metadata=self._told("", text, scopes))

    def _told(self, unit: str, text: str, scopes: Scopes) -> dict[str, Any]:
        return {"unit": unit, "help": text, "group": self.name, "scopes": scopes}
