"""Routes of the providers section."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import InvalidInput, NotFound, Stale
from app.domain.providers.entry import PURPOSES, ProviderEntry
from app.domain.providers.troubles import tell_fault
from app.domain.providers.words import FORMAT_WISHES, tell_capabilities, tell_purposes
from app.repositories.providers.entries import StoredProvider
from app.services.providers import checks, editing
from app.services.providers.editing import Stored
from app.services.providers.listing import ListedProvider
from app.services.providers.state import list_states
from app.web.forms import attempt
from app.web.providers.forms import ProviderForm, fill
from app.web.state import runtime

blueprint = Blueprint("providers", __name__, url_prefix="/providers")

TEST_S = 25.0
"""Seconds that the test of a provider takes at most: people wait for its page."""

HEARD = "Every process hears of it within two seconds."


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Shows the list with the state of each provider."""
    port = runtime()
    listed = port.chains.listed.read()
    return render_template(
        "providers/index.html",
        own=listed.own,
        states=list_states(port.sessions, port.clock, listed, port.chains.build),
        is_priced=port.chains.is_priced,
        tell_fault=tell_fault,
        tell_capabilities=tell_capabilities,
        tell_purposes=tell_purposes,
    )


@blueprint.post("/adopt")
def adopt() -> ResponseReturnValue:
    """Copies the environment's list, so that it can be edited."""
    editing.adopt(runtime().provider_edits, current_user.username)
    return _done("The list is yours to edit now: a copy of the environment's, its keys encrypted.")


@blueprint.post("/environment")
def leave() -> ResponseReturnValue:
    """Removes the own list, so that the environment's counts."""
    editing.return_to_environment(runtime().provider_edits, current_user.username)
    return _done("The list and its keys are removed; the environment's counts again.")


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Adds a provider at the end of the list."""
    form = fill(ProviderEntry("", "")) if request.method == "GET" else ProviderForm()
    added: ProviderEntry | None = attempt(form, lambda: _add(form))
    if added is None:
        return _show_form(form), 400 if form.is_submitted() else 200
    return _done(f"{added.label} is added, as the last one of the list. {HEARD}")


@blueprint.route("/<int:provider_id>/edit", methods=["GET", "POST"])
def edit(provider_id: int) -> ResponseReturnValue:
    """Changes a provider. Whoever comes second is told so, with what they typed."""
    stored = find_stored(provider_id)
    form = fill(stored.entry) if request.method == "GET" else ProviderForm()
    try:
        changed: ProviderEntry | None = attempt(form, lambda: _change(form, stored))
    except Stale as error:
        form.form_errors.append(str(error))
        return _show_form(form, stored), 409
    if changed is None:
        return _show_form(form, stored), 400 if form.is_submitted() else 200
    return _done(f"{changed.label} is saved. {HEARD}")


@blueprint.post("/test")
def test() -> ResponseReturnValue:
    """Makes a small request in each form of an answer, for one provider, and shows what came of them."""
    listed = find_listed(request.form.get("name", ""), request.form.get("model", ""))
    found = try_forms(listed)
    return render_template("providers/test.html", entry=listed.entry, found=found, words=FORMAT_WISHES)


@blueprint.post("/<int:provider_id>/on")
def turn_on(provider_id: int) -> ResponseReturnValue:
    """Lets a provider answer again."""
    return _try(lambda: editing.switch(*_at(provider_id), True, _name()), f"It answers again. {HEARD}")


@blueprint.post("/<int:provider_id>/off")
def turn_off(provider_id: int) -> ResponseReturnValue:
    """Keeps a provider in the list without asking it."""
    return _try(lambda: editing.switch(*_at(provider_id), False, _name()), f"It is turned off. {HEARD}")


@blueprint.post("/<int:provider_id>/up")
def move_up(provider_id: int) -> ResponseReturnValue:
    """Moves a provider one place up."""
    return _try(lambda: editing.move(*_at(provider_id), -1, _name()), "")


@blueprint.post("/<int:provider_id>/down")
def move_down(provider_id: int) -> ResponseReturnValue:
    """Moves a provider one place down."""
    return _try(lambda: editing.move(*_at(provider_id), 1, _name()), "")


@blueprint.post("/<int:provider_id>/remove")
def remove(provider_id: int) -> ResponseReturnValue:
    """Removes a provider with its key."""
    return _try(lambda: editing.remove(*_at(provider_id), _name()), f"It is removed, with its key. {HEARD}")


def try_forms(listed: ListedProvider) -> dict[str, checks.Checked]:
    """Tests a provider of the list in each form of an answer; what was paid is in the ledger."""
    port = runtime()
    clients, price = port.chains.clients_of_forms(listed), port.chains.price_of(listed.entry)
    return checks.try_forms(port.sessions, port.clock, clients, price, TEST_S)


def find_stored(provider_id: int) -> StoredProvider:
    """Returns an entry of the own list. Raises NotFound."""
    for one in editing.list_stored(runtime().sessions):
        if one.entry.id == provider_id:
            return one
    raise NotFound(f"There is no provider {provider_id}.")


def find_listed(name: str, model: str) -> ListedProvider:
    """Returns an entry of the list in force, with its key. Raises NotFound."""
    for one in runtime().chains.listed.read().providers:
        if (one.entry.name, one.entry.model) == (name, model):
            return one
    raise NotFound("This provider is not in the list (any more).")


def _add(form: ProviderForm) -> ProviderEntry:
    key = form.read_key()
    return editing.add(runtime().provider_edits, form.read_entry(), None if key is Stored.KEY else key, _name())


def _change(form: ProviderForm, stored: StoredProvider) -> ProviderEntry:
    entry = form.read_entry(stored.entry.id, stored.entry.enabled)
    return editing.change(runtime().provider_edits, entry, form.read_key(), _name())


def _show_form(form: ProviderForm, stored: StoredProvider | None = None) -> str:
    own = runtime().chains.listed.read().own
    return render_template("providers/form.html", form=form, stored=stored, own=own, purposes=PURPOSES)


def _at(provider_id: int) -> tuple[editing.ProviderPorts, int]:
    return runtime().provider_edits, provider_id


def _name() -> str:
    return str(current_user.username)


def _try(action: Callable[[], Any], said: str) -> ResponseReturnValue:
    try:
        action()
    except InvalidInput as error:
        flash(f"Nothing was changed: {error.message}.", "danger")
        return redirect(url_for("providers.index"))
    return _done(said)


def _done(said: str) -> ResponseReturnValue:
    runtime().chains.listed.forget()
    if said:
        flash(said, "success")
    return redirect(url_for("providers.index"))
