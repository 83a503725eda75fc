"""The settings of a scope for operators: applied and inherited values, and who changed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass
from typing import Any, Literal

from app.db import SessionFactory
from app.domain.settings import DEFAULTS, GROUPS, SPECS, ScopeKind, scopes_of, spec_of
from app.domain.settings.book import FLEET, Scope, SettingsBook, book_from
from app.repositories.settings import overrides as repository
from app.repositories.settings.overrides import Override
from app.services.settings.values import applied_in, check_scope

Stored = Mapping[Scope, Mapping[str, Override]]


@dataclass(frozen=True, slots=True)
class OwnValue:
    """A chat or a bot with its own value of a setting."""

    scope: Scope
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting in one scope.

    `own` is the scope's own value with who changed it and when, `inherited` what applies without it. `elsewhere` holds
    the chats and bots with a value of their own, on the fleet's row only.
    """

    key: str
    group: str
    help: str
    unit: str
    default: Any
    low: float | None
    high: float | None
    scopes: tuple[ScopeKind, ...]
    value: Any
    inherited: Any
    own: Override | None
    elsewhere: tuple[OwnValue, ...] = ()

    @property
    def kind(self) -> Literal["switch", "number", "words"]:
        """Returns the type of the input."""
        if isinstance(self.default, bool):
            return "switch"
        return "number" if self.low is not None else "words"


def list_rows(sessions: SessionFactory, scope: Scope = FLEET) -> list[SettingRow]:
    """Returns every setting that can be set in `scope`, by section. Raises NotFound."""
    with sessions() as session:
        check_scope(session, scope)
        stored = repository.read_overrides(session)
    book = book_from({place: {key: item.value for key, item in own.items()} for place, own in stored.items()})
    specs = sorted(SPECS.values(), key=lambda spec: _place_of(group_of(spec)))
    return [_row(spec, scope, stored, book) for spec in specs if scope.kind in scopes_of(spec)]


def find_row(sessions: SessionFactory, key: str, scope: Scope = FLEET) -> SettingRow:
    """Returns one setting. Raises InvalidInput when it does not exist or cannot be set in `scope`, and NotFound."""
    spec_of(key, scope.kind)
    return next(row for row in list_rows(sessions, scope) if row.key == key)


def describe(row: SettingRow) -> dict[str, Any]:
    """Returns a setting as a dict that is ready for JSON."""
    own = row.own
    return {
        "key": row.key,
        "kind": row.kind,
        "group": row.group,
        "value": row.value,
        "inherited": row.inherited,
        "default": row.default,
        "low": row.low,
        "high": row.high,
        "unit": row.unit,
        "help": row.help,
        "scopes": list(row.scopes),
        "overridden": own is not None,
        "updated_by": own.updated_by if own else None,
        "updated_at": own.updated_at.isoformat() if own else None,
        "elsewhere": [{"scope": str(item.scope), "name": item.name, "value": item.value} for item in row.elsewhere],
    }


def group_of(spec: Field[Any]) -> str:
    """Returns a setting's section on the settings page."""
    return str(spec.metadata.get("group", "more"))


def _place_of(group: str) -> int:
    return list(GROUPS).index(group) if group in GROUPS else len(GROUPS)


def _row(spec: Field[Any], scope: Scope, stored: Stored, book: SettingsBook) -> SettingRow:
    key = spec.name
    return SettingRow(
        key=key,
        group=group_of(spec),
        help=spec.metadata["help"],
        unit=spec.metadata["unit"],
        default=spec.default,
        low=spec.metadata.get("low"),
        high=spec.metadata.get("high"),
        scopes=scopes_of(spec),
        value=getattr(applied_in(book, scope), key),
        inherited=getattr(DEFAULTS if scope == FLEET else book.fleet, key),
        own=_own(key, scope, stored, book),
        elsewhere=_elsewhere(key, stored, book) if scope == FLEET else (),
    )


def _own(key: str, scope: Scope, stored: Stored, book: SettingsBook) -> Override | None:
    """Returns the stored value, unless it no longer validates and therefore does not apply."""
    own = stored.get(scope, {}).get(key)
    if own is None or scope == FLEET:
        return own
    valid = (book.chats if scope.kind == "chat" else book.bots).get(scope.id or 0, {})
    return own if key in valid else None


def _elsewhere(key: str, stored: Stored, book: SettingsBook) -> tuple[OwnValue, ...]:
    found = book.everywhere(key)
    scopes = [(Scope("chat", number), value) for number, value in found.chats.items()]
    scopes += [(Scope("bot", number), value) for number, value in found.bots.items()]
    return tuple(OwnValue(scope, stored[scope][key].name or str(scope), value) for scope, value in scopes)
