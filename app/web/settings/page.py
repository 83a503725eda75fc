"""The settings page of the fleet, of a chat or of a bot: its sections and the handling of its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput
from app.domain.settings import GROUPS, parse_setting
from app.domain.settings.book import FLEET, Scope
from app.services.settings import values as service
from app.services.settings.rows import SettingRow, list_rows
from app.web.state import runtime

log = structlog.get_logger()
SWITCH = "fleet_paused"
"""Left out here: it has a button in the layout of every page."""


@dataclass(frozen=True, slots=True)
class Place:
    """The scope of a settings page: `name` for its heading, `url` of the page itself, and the page it belongs to."""

    scope: Scope
    name: str
    url: str
    parent_url: str = ""

    @property
    def is_fleet(self) -> bool:
        """Whether this is the fleet's scope, which all others inherit from."""
        return self.scope == FLEET


@dataclass(frozen=True, slots=True)
class Section:
    """A group of related settings."""

    name: str
    help: str
    rows: tuple[SettingRow, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """The parsed form: values to store, own values to delete, and errors, all by key."""

    values: Mapping[str, Any]
    unset: tuple[str, ...]
    errors: Mapping[str, str]


def edit_settings(place: Place) -> ResponseReturnValue:
    """Shows the settings; stores the changed ones in one transaction."""
    rows = [row for row in list_rows(runtime().sessions, place.scope) if row.key != SWITCH]
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        entered = read_form(request.form, rows, place.scope)
        errors = entered.errors
        if not errors:
            return _store(place, entered)
    sections = build_sections(rows)
    typed = request.form if errors else {}
    page = render_template("settings/index.html", place=place, sections=sections, errors=errors, typed=typed)
    return page, 400 if errors else 200


def unset_setting(place: Place) -> ResponseReturnValue:
    """Deletes one own value."""
    key = request.form.get("key", "")
    port = runtime()
    if service.unset_settings(port.sessions, [key], port.clock, place.scope):
        _note(place, [key])
        flash(f"{label_of(key)} is {'at its default' if place.is_fleet else 'the fleet’s'} again.", "success")
    return redirect(f"{place.url}#{anchor_of(key)}")


def read_form(form: Mapping[str, str], rows: list[SettingRow], scope: Scope) -> Entered:
    """Returns what was changed. An empty field of a chat or a bot deletes its own value."""
    values: dict[str, Any] = {}
    unset: list[str] = []
    errors: dict[str, str] = {}
    for row in rows:
        raw = form.get(row.key)
        if raw is None:
            continue
        if scope != FLEET and not raw.strip():
            unset += [row.key] if row.own else []
            continue
        try:
            value = parse_setting(row.key, raw.strip(), scope.kind)
        except InvalidInput as error:
            errors[row.key] = error.message
            continue
        if value != row.value or (scope != FLEET and row.own is None):
            values[row.key] = value
    return Entered(values, tuple(unset), errors)


def build_sections(rows: list[SettingRow]) -> list[Section]:
    """Groups the rows, which are ordered by section."""
    found = [(name, tuple(group)) for name, group in groupby(rows, key=lambda row: row.group)]
    return [Section(name, GROUPS.get(name, ""), group) for name, group in found]


def label_of(key: str) -> str:
    """Returns the name of a setting on pages."""
    return key.removesuffix("_s").removesuffix("_usd").replace("_", " ").capitalize()


def anchor_of(key: str) -> str:
    """Returns the HTML id of a setting's field, to link to."""
    return f"s-{key}"


def _store(place: Place, entered: Entered) -> ResponseReturnValue:
    port = runtime()
    service.write_settings(port.sessions, entered.values, current_user.username, port.clock, place.scope, entered.unset)
    changed = sorted((*entered.values, *entered.unset))
    if changed:
        _note(place, changed)
    flash("The settings are saved and in force." if changed else "Nothing was changed.", "success")
    return redirect(place.url)


def _note(place: Place, keys: list[str]) -> None:
    runtime().fleet_settings.forget()
    log.info("settings_changed", username=current_user.username, scope=str(place.scope), keys=keys)
