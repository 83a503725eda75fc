"""Routes of the unknown sends."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput, NotFound
from app.services.utterances import unknown_sends
from app.web.state import runtime

blueprint = Blueprint("outbox", __name__, url_prefix="/unknown-sends")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """What may or may not have been delivered, the newest first."""
    return render_template("outbox/index.html", sends=unknown_sends.list_unknown(runtime().sessions))


@blueprint.post("/<int:utterance_id>/resend")
def resend(utterance_id: int) -> ResponseReturnValue:
    """Sends one again."""
    try:
        unknown_sends.resend(runtime().sessions, utterance_id, current_user.username, runtime().clock)
    except InvalidInput as error:
        flash(f"Not sent: {error.message}.", "danger")
    except NotFound as error:
        flash(str(error), "danger")
    else:
        flash("It is on its way again.", "success")
    return redirect(url_for("outbox.index"))


@blueprint.post("/<int:utterance_id>/dismiss")
def dismiss(utterance_id: int) -> ResponseReturnValue:
    """Ends one for good."""
    try:
        unknown_sends.dismiss(runtime().sessions, utterance_id, current_user.username)
    except NotFound as error:
        flash(str(error), "danger")
    else:
        flash("It is dismissed and will not be sent.", "success")
    return redirect(url_for("outbox.index"))
