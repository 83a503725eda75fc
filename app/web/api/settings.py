"""Settings by scope: `/api/v1/fleet/settings`, `/api/v1/chats/<id>/settings`, `/api/v1/bots/<id>/settings`.

GET lists them; GET, PUT (`{"value": …}`) and DELETE of `…/settings/<key>` read, set and unset one.
"""

from __future__ import annotations

import structlog
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput
from app.domain.settings.book import FLEET, Scope
from app.services.settings import values as service
from app.services.settings.rows import describe, find_row, list_rows
from app.web.api.bodies import read_body
from app.web.api.routes import blueprint
from app.web.state import runtime

VALUE_FIELDS = frozenset({"value"})
log = structlog.get_logger()


@blueprint.get("/fleet/settings")
@blueprint.get("/chats/<int:chat_id>/settings")
@blueprint.get("/bots/<int:bot_id>/settings")
def list_settings(chat_id: int | None = None, bot_id: int | None = None) -> ResponseReturnValue:
    """Lists the settings of a scope: the effective, inherited and own values."""
    rows = list_rows(runtime().sessions, _scope(chat_id, bot_id))
    return {"items": [describe(row) for row in rows]}


@blueprint.get("/fleet/settings/<key>")
@blueprint.get("/chats/<int:chat_id>/settings/<key>")
@blueprint.get("/bots/<int:bot_id>/settings/<key>")
def show_setting(key: str, chat_id: int | None = None, bot_id: int | None = None) -> ResponseReturnValue:
    """Returns one setting."""
    return describe(find_row(runtime().sessions, key, _scope(chat_id, bot_id)))


@blueprint.put("/fleet/settings/<key>")
@blueprint.put("/chats/<int:chat_id>/settings/<key>")
@blueprint.put("/bots/<int:bot_id>/settings/<key>")
def set_setting(key: str, chat_id: int | None = None, bot_id: int | None = None) -> ResponseReturnValue:
    """Stores a value and returns the setting with its new effective value."""
    scope, body, port = _scope(chat_id, bot_id), read_body(VALUE_FIELDS), runtime()
    if "value" not in body:
        raise InvalidInput(key, 'needs a body such as {"value": 25}')
    service.write_settings(port.sessions, {key: body["value"]}, current_user.username, port.clock, scope)
    _note(scope, key)
    return describe(find_row(port.sessions, key, scope))


@blueprint.delete("/fleet/settings/<key>")
@blueprint.delete("/chats/<int:chat_id>/settings/<key>")
@blueprint.delete("/bots/<int:bot_id>/settings/<key>")
def unset_setting(key: str, chat_id: int | None = None, bot_id: int | None = None) -> ResponseReturnValue:
    """Deletes the own value, if there is one, and returns the setting with its new effective value."""
    scope, port = _scope(chat_id, bot_id), runtime()
    if service.unset_settings(port.sessions, [key], port.clock, scope):
        _note(scope, key)
    return describe(find_row(port.sessions, key, scope))


def _scope(chat_id: int | None, bot_id: int | None) -> Scope:
    if chat_id is not None:
        return Scope("chat", chat_id)
    return FLEET if bot_id is None else Scope("bot", bot_id)


def _note(scope: Scope, key: str) -> None:
    runtime().fleet_settings.forget()
    log.info("settings_changed", username=current_user.username, scope=str(scope), keys=[key])
