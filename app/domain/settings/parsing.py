"""Parsing of settings that operators send or that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.settings.fields import ANYWHERE, ScopeKind, Scopes
from app.domain.settings.fleet import SPECS, FleetSettings
from app.domain.text import storable

Value = bool | int | float | tuple[str, ...]

MOST_WORDS = 500
LONGEST_WORD = 100


def spec_of(key: str, scope: ScopeKind = "fleet") -> Field[Any]:
    """Returns the field of setting `key`. Raises InvalidInput naming it when there is none in such a scope."""
    spec = SPECS.get(key)
    if spec is None:
        raise InvalidInput(key, "there is no such setting; the settings page lists them all")
    scopes = scopes_of(spec)
    if scope not in scopes:
        places = " or ".join("the whole fleet" if kind == "fleet" else f"a {kind}" for kind in scopes)
        raise InvalidInput(key, f"is a setting of {places}, not of a {scope}")
    return spec


def scopes_of(spec: Field[Any]) -> Scopes:
    """Returns the scopes in which a setting may have a value; all unless its field says otherwise."""
    scopes: Scopes = spec.metadata.get("scopes", ANYWHERE)
    return scopes


def parse_setting(key: str, raw: Any, scope: ScopeKind = "fleet") -> Value:
    """Parses the value of setting `key` from an operator's input.

    Raises InvalidInput, naming the key and the range, when there is no such setting or the value does not fit, and
    when it may not be set in a scope of that kind.
    """
    spec = spec_of(key, scope)
    return _parse(spec.name, spec.default, spec.metadata, raw)


def _parse(name: str, default: Any, metadata: Mapping[str, Any], raw: Any) -> Value:
    if isinstance(default, bool):
        return _parse_switch(name, raw)
    if isinstance(default, tuple):
        return _parse_words(name, raw)
    low, high, unit = metadata["low"], metadata["high"], metadata["unit"]
    wanted = f"must be a number from {low:g} to {high:g} {unit}".strip()
    try:
        value = int(raw) if isinstance(default, int) else float(raw)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, wanted) from None
    if not low <= value <= high:
        raise InvalidInput(name, wanted)
    return value


def _parse_switch(name: str, raw: Any) -> bool:
    words = {
        "true": True,
        "on": True,
        "yes": True,
        "1": True,
        "false": False,
        "off": False,
        "no": False,
        "0": False,
    }
    value = words.get(str(raw).strip().lower())
    if value is None:
        raise InvalidInput(name, "must be on or off")
    return value


def _parse_words(name: str, raw: Any) -> tuple[str, ...]:
    """Parses words or phrases from a list, or from a text separated by commas or line breaks."""
    parts = raw.replace(",", "\n").splitlines() if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise InvalidInput(name, "must be words or phrases, with a comma or a line break between two")
    found = tuple(dict.fromkeys(words for part in parts if (words := " ".join(storable(part).split()))))
    if len(found) > MOST_WORDS or any(len(words) > LONGEST_WORD for words in found):
        raise InvalidInput(name, f"must be at most {MOST_WORDS} entries of at most {LONGEST_WORD} characters")
    return found


def valid_overrides(stored: Mapping[str, Any], scope: ScopeKind) -> dict[str, Any]:
    """Returns those of `stored` that are valid in a scope of that kind; the rest falls back to the next scope."""
    valid: dict[str, Any] = {}
    for key, raw in stored.items():
        try:
            valid[key] = parse_setting(key, raw, scope)
        except InvalidInput:
            continue
    return valid


def settings_from(overrides: Mapping[str, Any]) -> FleetSettings:
    """Returns the fleet's settings with `overrides` applied; a stored value that is now invalid gets its default."""
    return FleetSettings(**valid_overrides(overrides, "fleet"))
