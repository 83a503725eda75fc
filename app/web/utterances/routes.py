"""Routes of unknown sends, parked work and places that rest."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput, NotFound
from app.services.fleet import rests
from app.services.utterances import unknown_sends
from app.services.work import parked
from app.web.state import runtime

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lists parked work, unknown sends and places that rest, the newest first."""
    sessions = runtime().sessions
    return render_template(
        "outbox/index.html",
        parked=parked.list_parked(sessions),
        kinds=parked.BY_NAME,
        sends=unknown_sends.list_unknown(sessions),
        rests=rests.list_rests(sessions, runtime().clock),
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


@blueprint.post("/rests/<int:rest_id>/try")
def try_place(rest_id: int) -> ResponseReturnValue:
    """Ends the rest of a place that Telegram refused, and returns to its bot or chat."""
    try:
        rest = rests.try_now(runtime().sessions, runtime().clock, rest_id, current_user.username)
    except NotFound as error:
        flash(str(error), "danger")
        return redirect(url_for("outbox.index"))
    flash("The next turn tries it again.", "success")
    if rest.bot_id is None:
        return redirect(url_for("chats.show", chat_id=rest.chat_id))
    return redirect(url_for("bots.show", bot_id=rest.bot_id))
