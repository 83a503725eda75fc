"""Routes of the settings page, which is made from the registry in app/domain/settings.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput
from app.domain.settings import FleetSettings, parse_setting
from app.repositories.settings import Override
from app.services import settings as service
from app.web.access import wants_json
from app.web.auth.routes import safe_target
from app.web.state import runtime

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
log = structlog.get_logger()
SWITCH = "fleet_paused"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the page shows it."""

    key: str
    label: str
    help: str
    unit: str
    value: Any
    default: Any
    low: float | None
    high: float | None
    override: Override | None
    error: str | None

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off, and not a number."""
        return isinstance(self.default, bool)

    @property
    def is_words(self) -> bool:
        """Whether it is a list of words."""
        return isinstance(self.default, tuple)

    @property
    def text(self) -> str:
        """The words, one a line, as its field holds them."""
        return self.value if isinstance(self.value, str) else "\n".join(self.value)

    @property
    def step(self) -> str:
        """The step of its number field."""
        return "1" if isinstance(self.default, int) else "any"


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """All settings; only what differs from what is stored is written."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        values, errors = read_values(request.form)
        if not errors:
            service.write_settings(runtime().sessions, values, current_user.username, runtime().clock)
            runtime().fleet_settings.forget()
            log.info("settings_changed", user=current_user.username, keys=sorted(values))
            flash("The settings are saved and in force." if values else "Nothing was changed.", "success")
            return redirect(url_for("settings.index"))
    return render_template("settings/index.html", rows=build_rows(errors)), 400 if errors else 200


@blueprint.post("/kill-switch")
def kill_switch() -> ResponseReturnValue:
    """Stops the fleet, or lets it run again."""
    paused = request.form.get("paused", "")
    service.write_settings(runtime().sessions, {SWITCH: paused}, current_user.username, runtime().clock)
    runtime().fleet_settings.forget()
    runtime().events.publish("kill_switch", paused=paused)
    stopped = runtime().fleet_settings.read().fleet_paused
    log.warning("kill_switch", user=current_user.username, stopped=stopped)
    if wants_json():
        return {"fleet_paused": stopped}
    if not stopped:
        flash("The fleet runs again.", "success")
    return redirect(safe_target(request.form.get("next")))


def read_values(form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was changed, and what cannot be used, both by key."""
    current = service.load_settings(runtime().sessions)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for spec in fields(FleetSettings):
        if spec.name == SWITCH or spec.name not in form:
            continue
        try:
            value = parse_setting(spec.name, form[spec.name].strip())
        except InvalidInput as error:
            errors[spec.name] = error.message
        else:
            if value != getattr(current, spec.name):
                values[spec.name] = value
    return values, errors


def build_rows(errors: Mapping[str, str]) -> list[Row]:
    """The registry with the stored values; a refused value stays in its field."""
    overrides = service.list_overrides(runtime().sessions)
    current = service.load_settings(runtime().sessions)
    return [_row(spec, current, overrides, errors) for spec in fields(FleetSettings) if spec.name != SWITCH]


def _row(spec: Field[Any], current: FleetSettings, overrides: Mapping[str, Override], errors: Mapping[str, str]) -> Row:
    key = spec.name
    return Row(
        key=key,
        label=key.removesuffix("_s").removesuffix("_usd").replace("_", " ").capitalize(),
        help=spec.metadata["help"],
        unit=spec.metadata["unit"],
        value=request.form.get(key, "") if errors else getattr(current, key),
        default=spec.default,
        low=spec.metadata.get("low"),
        high=spec.metadata.get("high"),
        override=overrides.get(key),
        error=errors.get(key),
    )
