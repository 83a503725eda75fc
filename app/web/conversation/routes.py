"""Routes of the live view: server-sent events, the same by polling, and the page of a chat."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField

from app.domain.errors import InvalidInput, NotFound, Unreachable
from app.services.access import users
from app.services.overview import overview
from app.services.traces.why import find_said
from app.web.access.guard import wants_json
from app.web.conversation.stream import open_stream
from app.web.state import WebRuntime, runtime

blueprint = Blueprint("live", __name__)
TEXT_MAX = 4096
LONGEST_ID = 18


class SpeakForm(FlaskForm):  # type: ignore[misc]
    """The form for a simulated person's message in a sandbox."""

    name = StringField("Speak as")
    text = StringField("Message")
    reply_to = HiddenField("Reply to")


@blueprint.get("/events")
def events() -> ResponseReturnValue:
    """Streams counters every second and events as they come, until the session ends. 503 with too many streams open."""
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    port = runtime()
    user_id, epoch = current_user.id, current_user.session_epoch
    stream = open_stream(
        port.settings.cache_url,
        counters=lambda: read_values(port),
        still_valid=lambda: users.find_user(port.sessions, user_id, epoch) is not None,
    )
    if stream is None:
        return jsonify(error={"field": "events", "message": "too many open pages; polling works"}), 503
    headers = {"X-Accel-Buffering": "no"}
    return Response(stream, mimetype="text/event-stream", headers=headers)


@blueprint.get("/events/counters")
def counters() -> ResponseReturnValue:
    """Returns the counters once, for pages that poll."""
    return jsonify(read_values(runtime()))


@blueprint.get("/chats/<int:chat_id>/live")
def chat(chat_id: int) -> ResponseReturnValue:
    """Renders the live view of a chat."""
    port = runtime()
    live = overview.watch_chat(port.sessions, port.clock, chat_id)
    return render_template("live/chat.html", live=live, form=SpeakForm(), in_sandbox=port.sandbox_control is not None)


@blueprint.get("/chats/<int:chat_id>/live/fragment")
def fragment(chat_id: int) -> ResponseReturnValue:
    """Renders the messages alone, for the open page."""
    live = overview.watch_chat(runtime().sessions, runtime().clock, chat_id)
    return render_template("live/_messages.html", live=live)


@blueprint.get("/chats/<int:chat_id>/why/<int:message_id>")
def why(chat_id: int, message_id: int) -> ResponseReturnValue:
    """Redirects to the trace of a bot's message, by Telegram's message id. 404 when its utterance is not kept."""
    bot_id, utterance_id = find_said(runtime().sessions, chat_id, message_id)
    return redirect(url_for("bots.why", bot_id=bot_id, said=utterance_id))


@blueprint.post("/chats/<int:chat_id>/live/speak")
def speak(chat_id: int) -> ResponseReturnValue:
    """Posts a message as a simulated person. 404 without a sandbox."""
    sandbox_control = runtime().sandbox_control
    if sandbox_control is None:
        raise NotFound("There is no sandbox to speak in; this is the real Telegram.")
    live = overview.watch_chat(runtime().sessions, runtime().clock, chat_id, limit=1)
    form = SpeakForm()
    try:
        name, text, reply_to = read_speech(form)
        message_id = sandbox_control.speak(live.chat.telegram_chat_id, name, text, reply_to)
    except (InvalidInput, Unreachable) as error:
        return _refuse(chat_id, error)
    if wants_json():
        return jsonify(message_id=message_id), 201
    return redirect(url_for("live.chat", chat_id=chat_id))


def read_speech(form: SpeakForm) -> tuple[str, str, int | None]:
    """Returns name, text and the id of the message to reply to. Raises InvalidInput naming the field."""
    name, text = (form.name.data or "").strip(), (form.text.data or "").strip()
    if not name or len(name) > 64:
        raise InvalidInput("name", "must have 1 to 64 characters")
    if not text:
        raise InvalidInput("text", "is empty; type what the person says")
    if len(text.encode("utf-16-le")) // 2 > TEXT_MAX:
        raise InvalidInput("text", f"must have at most {TEXT_MAX} characters")
    reply_to = (form.reply_to.data or "").strip()
    if reply_to and (not reply_to.isdecimal() or len(reply_to) > LONGEST_ID):
        raise InvalidInput("reply_to", "must be the id of a message")
    return name, text, int(reply_to) if reply_to else None


def _refuse(chat_id: int, error: InvalidInput | Unreachable) -> ResponseReturnValue:
    field = error.field if isinstance(error, InvalidInput) else "text"
    status = 400 if isinstance(error, InvalidInput) else 502
    if wants_json():
        return jsonify(error={"field": field, "message": getattr(error, "message", str(error))}), status
    flash(str(error), "danger")
    return redirect(url_for("live.chat", chat_id=chat_id))


def read_values(port: WebRuntime) -> dict[str, Any]:
    """Returns the counters and the kill switch as JSON-ready values."""
    values = asdict(overview.read_counters(port.sessions, port.cache, port.clock))
    return {**values, "fleet_paused": port.fleet_settings.read().fleet_paused}
