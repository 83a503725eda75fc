"""Routes of unknown sends and parked work."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput, NotFound
from app.services.utterances import unknown_sends
from app.services.work import parked
from app.web.state import runtime

blueprint = Blueprint("outbox", __name__, url_prefix="/unknown-sends")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lists parked work and unknown sends, the newest first."""
    sessions = runtime().sessions
    return render_template(
        "outbox/index.html",
        parked=parked.list_parked(sessions),
        kinds=parked.BY_NAME,
        sends=unknown_sends.list_unknown(sessions),
    )


@blueprint.post("/<int:utterance_id>/resend")
def resend(utterance_id: int) -> ResponseReturnValue:
    """Resends an unknown send."""
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
    """Dismisses an unknown send."""
    try:
        unknown_sends.dismiss(runtime().sessions, utterance_id, current_user.username)
    except NotFound as error:
        flash(str(error), "danger")
    else:
        flash("It is dismissed and will not be sent.", "success")
    return redirect(url_for("outbox.index"))


@blueprint.post("/parked/<int:failure_id>/retry")
def try_again(failure_id: int) -> ResponseReturnValue:
    """Retries parked work."""
    port = runtime()
    try:
        parked.try_again(port.sessions, port.queue, port.clock, failure_id, current_user.username)
    except InvalidInput as error:
        flash(f"Not tried: {error.message}.", "danger")
    except NotFound as error:
        flash(str(error), "danger")
    else:
        flash("It is tried again.", "success")
    return redirect(url_for("outbox.index"))


@blueprint.post("/parked/<int:failure_id>/dismiss")
def dismiss_parked(failure_id: int) -> ResponseReturnValue:
    """Dismisses parked work."""
    try:
        parked.dismiss(runtime().sessions, failure_id, current_user.username)
    except NotFound as error:
        flash(str(error), "danger")
    else:
        flash("It is dismissed and stays as it ended.", "success")
    return redirect(url_for("outbox.index"))
