"""Routes of the fleet's settings, and of the kill switch."""

from __future__ import annotations

import structlog
from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.settings.book import FLEET
from app.services.settings import values as service
from app.web.access.guard import wants_json
from app.web.access.routes import safe_target
from app.web.settings.page import SWITCH, Place, anchor_of, edit_settings, label_of, unset_setting
from app.web.state import runtime

blueprint = Blueprint("settings", __name__, url_prefix="/settings")
blueprint.add_app_template_filter(label_of, "setting_label")
blueprint.add_app_template_filter(anchor_of, "setting_anchor")
log = structlog.get_logger()


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Shows the fleet's settings by section."""
    return edit_settings(_fleet())


@blueprint.post("/unset")
def unset() -> ResponseReturnValue:
    """Resets a setting to its default."""
    return unset_setting(_fleet())


@blueprint.post("/kill-switch")
def kill_switch() -> ResponseReturnValue:
    """Stops or restarts the fleet."""
    paused = request.form.get("paused", "")
    service.write_settings(runtime().sessions, {SWITCH: paused}, current_user.username, runtime().clock)
    runtime().fleet_settings.forget()
    runtime().events.publish("kill_switch", paused=paused)
    stopped = runtime().fleet_settings.read().fleet_paused
    log.warning("kill_switch", username=current_user.username, stopped=stopped)
    if wants_json():
        return {"fleet_paused": stopped}
    if not stopped:
        flash("The fleet runs again.", "success")
    return redirect(safe_target(request.form.get("next")))


def _fleet() -> Place:
    return Place(FLEET, "Settings", url_for("settings.index"))
