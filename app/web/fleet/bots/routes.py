"""Routes of the bots section."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import InvalidInput, NotFound
from app.domain.settings.book import Scope
from app.services import fleet, money
from app.services.fleet import NewBot
from app.services.fleet.finding import find_bot_id
from app.services.fleet.rests import list_rests
from app.services.overview import overview
from app.services.traces.engine import engine_version
from app.services.traces.why import explain_bot, explain_utterance
from app.web.fleet.bots.forms import BudgetForm, NewBotForm, TokenForm, holdings_form, persona_form, stances_form
from app.web.forms import attempt
from app.web.paging import cursor_from_query, number_from_query
from app.web.settings.page import Place, edit_settings, unset_setting
from app.web.state import runtime

blueprint = Blueprint("bots", __name__, url_prefix="/bots")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lists bots by search and status, a page at a time."""
    search, status = request.args.get("q", ""), request.args.get("status") or None
    page = fleet.list_bots(runtime().sessions, search, status, cursor_from_query())
    return render_template("bots/index.html", page=page, search=search, status=status)


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Adds a bot."""
    port = runtime()
    form = NewBotForm()
    view = attempt(
        form,
        lambda: fleet.create_bot(
            port.sessions,
            port.telegram,
            port.vault,
            NewBot(form.token.data or "", form.read_persona(), daily_budget_usd=form.daily_budget_usd.read()),
            clock=port.clock,
            shards=port.settings.shards,
        ),
    )
    if view is None:
        return render_template("bots/create.html", form=form), 400 if form.is_submitted() else 200
    flash(f"@{view.bot.username} is in the fleet.", "success")
    return redirect(url_for("bots.show", bot_id=view.bot.id))


@blueprint.get("/<name>")
def find(name: str) -> ResponseReturnValue:
    """Redirects to the bot with this @username or name."""
    return redirect(url_for("bots.show", bot_id=find_bot_id(runtime().sessions, name)))


@blueprint.get("/<int:bot_id>")
def show(bot_id: int) -> ResponseReturnValue:
    """Shows a bot: its utterances with their traces, its persona and its chats."""
    port = runtime()
    view = fleet.get_bot(port.sessions, bot_id)
    budget_usd = view.bot.daily_budget_usd
    return render_template(
        "bots/show.html",
        view=view,
        utterances=overview.list_utterances_of_bot(port.sessions, bot_id),
        account=money.read_budget(
            port.sessions, port.fleet_settings.read(), port.clock, "bot", bot_id, own_budget=budget_usd
        ),
        budget_form=BudgetForm(data={"daily_budget_usd": budget_usd}),
        token_form=TokenForm(),
        rests=list_rests(port.sessions, port.clock, bot_id=bot_id),
    )


@blueprint.get("/<int:bot_id>/why")
def why(bot_id: int) -> ResponseReturnValue:
    """Shows the traces of utterances, in `?chat=` only if given, and of silent ticks; `?said=` replays an utterance."""
    port = runtime()
    said_id = number_from_query("said")
    said = explain_utterance(port.sessions, said_id, engine_version()) if said_id is not None else None
    if said is not None and said.utterance.bot_id != bot_id:
        raise NotFound(f"Bot {bot_id} did not say that.")
    report = explain_bot(port.sessions, port.silence, port.clock, bot_id, number_from_query("chat"))
    return render_template("bots/why.html", report=report, said=said)


@blueprint.route("/<int:bot_id>/persona", methods=["GET", "POST"])
def persona(bot_id: int) -> ResponseReturnValue:
    """Changes the persona."""
    view = fleet.get_bot(runtime().sessions, bot_id)
    form = persona_form(view)
    if attempt(form, lambda: fleet.update_bot(runtime().sessions, bot_id, persona=form.read_persona())):
        flash("The persona is saved; the next message follows it.", "success")
        return redirect(url_for("bots.show", bot_id=bot_id))
    return render_template("bots/persona.html", view=view, form=form), 400 if form.is_submitted() else 200


@blueprint.route("/<int:bot_id>/stances", methods=["GET", "POST"])
def stances(bot_id: int) -> ResponseReturnValue:
    """Changes the stances."""
    view = fleet.get_bot(runtime().sessions, bot_id)
    form = stances_form(view)
    if attempt(form, lambda: fleet.update_bot(runtime().sessions, bot_id, stances=form.read_stances())):
        flash("The stances are saved.", "success")
        return redirect(url_for("bots.show", bot_id=bot_id))
    return render_template("bots/stances.html", view=view, form=form), 400 if form.is_submitted() else 200


@blueprint.route("/<int:bot_id>/holdings", methods=["GET", "POST"])
def holdings(bot_id: int) -> ResponseReturnValue:
    """Changes the holdings."""
    view = fleet.get_bot(runtime().sessions, bot_id)
    form = holdings_form(view)
    if attempt(form, lambda: fleet.update_bot(runtime().sessions, bot_id, holdings=form.read_holdings())):
        flash("The fictional portfolio is saved.", "success")
        return redirect(url_for("bots.show", bot_id=bot_id))
    return render_template("bots/holdings.html", view=view, form=form), 400 if form.is_submitted() else 200


@blueprint.post("/<int:bot_id>/pause")
def pause(bot_id: int) -> ResponseReturnValue:
    """Pauses the bot."""
    fleet.pause_bot(runtime().sessions, bot_id, request.form.get("reason", ""))
    flash("The bot is paused and says nothing until you resume it.", "success")
    return redirect(url_for("bots.show", bot_id=bot_id))


@blueprint.post("/<int:bot_id>/resume")
def resume(bot_id: int) -> ResponseReturnValue:
    """Resumes the bot."""
    fleet.resume_bot(runtime().sessions, bot_id)
    flash("The bot is active again.", "success")
    return redirect(url_for("bots.show", bot_id=bot_id))


@blueprint.post("/<int:bot_id>/recheck")
def recheck(bot_id: int) -> ResponseReturnValue:
    """Queries names and privacy mode from Telegram again."""
    port = runtime()
    try:
        view = fleet.recheck_bot(port.sessions, port.telegram, port.vault, bot_id)
    except InvalidInput as error:
        flash(f"The token {error.message}", "danger")
    else:
        flash("Telegram still reports privacy mode." if view.warnings else "Telegram reports all well.", "success")
    return redirect(url_for("bots.show", bot_id=bot_id))


@blueprint.post("/<int:bot_id>/budget")
def budget(bot_id: int) -> ResponseReturnValue:
    """Sets the bot's daily budget."""
    form = BudgetForm()
    saved = attempt(form, lambda: fleet.set_bot_budget(runtime().sessions, bot_id, form.daily_budget_usd.read()))
    if saved:
        flash("The bot's daily budget is saved.", "success")
    else:
        flash(" ".join(form.daily_budget_usd.errors) or "The daily budget was not saved.", "danger")
    return redirect(url_for("bots.show", bot_id=bot_id))


@blueprint.post("/<int:bot_id>/token")
def token(bot_id: int) -> ResponseReturnValue:
    """Stores a new token."""
    port = runtime()
    form = TokenForm()
    view = attempt(
        form, lambda: fleet.replace_token(port.sessions, port.telegram, port.vault, bot_id, form.token.data or "")
    )
    if view:
        flash("The new token works and is stored.", "success")
    else:
        flash(" ".join(form.token.errors) or "The token was not stored.", "danger")
    return redirect(url_for("bots.show", bot_id=bot_id))


@blueprint.route("/<int:bot_id>/settings", methods=["GET", "POST"])
def settings(bot_id: int) -> ResponseReturnValue:
    """Shows and changes the settings that the bot overrides."""
    return edit_settings(_place(bot_id))


@blueprint.post("/<int:bot_id>/settings/unset")
def unset_own_setting(bot_id: int) -> ResponseReturnValue:
    """Deletes one of the bot's own values."""
    return unset_setting(_place(bot_id))


def _place(bot_id: int) -> Place:
    name = fleet.get_bot(runtime().sessions, bot_id).bot.display_name
    url, parent = url_for("bots.settings", bot_id=bot_id), url_for("bots.show", bot_id=bot_id)
    return Place(Scope("bot", bot_id), name, url, parent)
