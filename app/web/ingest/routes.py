"""Routes of the updates page."""

from __future__ import annotations

import json

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.services.ingest.inbox_view import read_inbox
from app.web.state import runtime

blueprint = Blueprint("updates", __name__, url_prefix="/updates")

LONGEST_PAYLOAD = 4000


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Shows updates of the last hour by outcome, and the newest unrecognised ones."""
    view = read_inbox(runtime().sessions, runtime().clock)
    payloads = {
        odd.id: json.dumps(odd.payload, indent=1, ensure_ascii=False)[:LONGEST_PAYLOAD] for odd in view.unrecognised
    }
    return render_template("updates/index.html", view=view, payloads=payloads)
