"""Routes of the dashboard."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services import money
from app.services.overview import overview
from app.services.providers.troubles import list_troubles
from app.web.state import runtime

blueprint = Blueprint("dashboard", __name__)
FEED_LENGTH = 25


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Shows counters, the last half hour and the latest utterances."""
    counters = overview.read_counters(runtime().sessions, runtime().cache, runtime().clock)
    return render_template("dashboard/index.html", counters=counters, **moving_parts())


@blueprint.get("/dashboard/fragment")
def fragment() -> ResponseReturnValue:
    """Renders the parts of the dashboard that its page polls."""
    return render_template("dashboard/_moving.html", **moving_parts())


def moving_parts() -> dict[str, Any]:
    """Returns what is wrong with providers, the day's costs, the chart and the feed."""
    port = runtime()
    return {
        "troubles": list_troubles(port.sessions, port.clock),
        "money": money.read_today(port.sessions, port.cache, port.fleet_settings.read(), port.clock),
        "pace": overview.read_message_rates(port.sessions, port.clock),
        "utterances": overview.list_recent_utterances(port.sessions, FEED_LENGTH),
    }
