"""The list of providers: `/api/v1/providers`. A key is taken and never given back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput, NotFound
from app.domain.providers.entry import ProviderEntry
from app.services.providers import editing
from app.services.providers.editing import Stored
from app.services.providers.listing import ListedProvider
from app.services.providers.state import list_states
from app.services.providers.state_json import show_checked, show_state
from app.web.api.bodies import read_body
from app.web.api.payloads import jsonable
from app.web.api.provider_bodies import FIELDS, read_entry, read_key, read_number, read_text
from app.web.api.routes import blueprint
from app.web.providers.routes import find_listed, find_stored, try_forms
from app.web.state import runtime

MOST_STEPS = 1_000


@blueprint.get("/providers")
def list_providers() -> ResponseReturnValue:
    """Lists the providers with their state, in the order in which they are tried, and where the list comes from."""
    port = runtime()
    listed = port.chains.listed.read()
    states = list_states(port.sessions, port.clock, listed, port.chains.build)
    source = "own" if listed.own else "environment"
    return {"source": source, "items": [jsonable(show_state(state)) for state in states]}


@blueprint.post("/providers")
def create_provider() -> ResponseReturnValue:
    """Adds a provider at the end of the list: 201 with it, and its address in Location."""
    body = read_body(FIELDS)
    entry, key = read_entry(body, ProviderEntry("", "")), read_key(body)
    added = editing.add(runtime().provider_edits, entry, None if key is Stored.KEY else key, current_user.username)
    return _show(added.id), 201, {"Location": url_for("api.show_provider", provider_id=added.id)}


@blueprint.get("/providers/<int:provider_id>")
def show_provider(provider_id: int) -> ResponseReturnValue:
    """Returns one provider with its state."""
    return _show(provider_id)


@blueprint.put("/providers/<int:provider_id>")
def change_provider(provider_id: int) -> ResponseReturnValue:
    """Changes what the body holds, the rest stays; 409 when it has another version than the body's by now."""
    body = read_body(FIELDS | {"version"})
    if "version" not in body:
        raise InvalidInput("version", "must be that which GET gave, so that nobody else's change is lost")
    version = read_number("version", body["version"])
    entry = replace(read_entry(body, find_stored(provider_id).entry), version=version)
    editing.change(runtime().provider_edits, entry, read_key(body), current_user.username)
    return _show(provider_id)


@blueprint.delete("/providers/<int:provider_id>")
def remove_provider(provider_id: int) -> ResponseReturnValue:
    """Removes a provider with its key: 204."""
    editing.remove(runtime().provider_edits, provider_id, current_user.username)
    return _changed()


@blueprint.post("/providers/<int:provider_id>/enable")
def enable_provider(provider_id: int) -> ResponseReturnValue:
    """Turns a provider on: 204."""
    editing.switch(runtime().provider_edits, provider_id, True, current_user.username)
    return _changed()


@blueprint.post("/providers/<int:provider_id>/disable")
def disable_provider(provider_id: int) -> ResponseReturnValue:
    """Turns a provider off: 204."""
    editing.switch(runtime().provider_edits, provider_id, False, current_user.username)
    return _changed()


@blueprint.post("/providers/<int:provider_id>/move")
def move_provider(provider_id: int) -> ResponseReturnValue:
    """Moves a provider in the list, `{"steps": -1}` up by one: 204."""
    steps = read_number("steps", read_body(frozenset({"steps"})).get("steps"))
    if abs(steps) > MOST_STEPS:
        raise InvalidInput("steps", f"must be -{MOST_STEPS:,} to {MOST_STEPS:,}")
    editing.move(runtime().provider_edits, provider_id, steps, current_user.username)
    return _changed()


@blueprint.post("/providers/<int:provider_id>/test")
def test_provider(provider_id: int) -> ResponseReturnValue:
    """Makes up to four small paid requests, one in each form of an answer; returns what came of them."""
    entry = find_stored(provider_id).entry
    return _test(find_listed(entry.name, entry.model))


@blueprint.post("/providers/test")
def test_listed_provider() -> ResponseReturnValue:
    """Does the same for `{"name": …, "model": …}`, which may come from the environment."""
    body = read_body(frozenset({"name", "model"}))
    return _test(find_listed(*(read_text(name, body.get(name, "")) for name in ("name", "model"))))


@blueprint.post("/providers/adopt")
def adopt_providers() -> ResponseReturnValue:
    """Copies the environment's list, so that it can be edited; returns the list."""
    editing.adopt(runtime().provider_edits, current_user.username)
    runtime().chains.listed.forget()
    return list_providers()


@blueprint.delete("/providers")
def return_to_environment() -> ResponseReturnValue:
    """Removes the whole own list with its keys, so that the environment's counts: 204."""
    editing.return_to_environment(runtime().provider_edits, current_user.username)
    return _changed()


def _show(provider_id: int) -> dict[str, Any]:
    port = runtime()
    port.chains.listed.forget()
    states = list_states(port.sessions, port.clock, port.chains.listed.read(), port.chains.build)
    for state in states:
        if state.entry.id == provider_id != 0:
            shown: dict[str, Any] = jsonable(show_state(state))
            return shown
    raise NotFound(f"There is no provider {provider_id}.")


def _test(listed: ListedProvider) -> ResponseReturnValue:
    return {"forms": {form: show_checked(checked) for form, checked in try_forms(listed).items()}}


def _changed() -> ResponseReturnValue:
    runtime().chains.listed.forget()
    return "", 204
