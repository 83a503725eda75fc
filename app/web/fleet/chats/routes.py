"""Routes of the chats section."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import InvalidInput, NotFound
from app.domain.settings.book import Scope
from app.services import fleet, money
from app.services.fleet import NewChat
from app.services.fleet.finding import find_bot_id, find_chat_id, name_bots
from app.services.fleet.rests import list_rests
from app.web.fleet.chats.forms import ChatForm, NewChatForm
from app.web.forms import attempt
from app.web.paging import cursor_from_query
from app.web.settings.page import Place, edit_settings, unset_setting
from app.web.state import runtime

blueprint = Blueprint("chats", __name__, url_prefix="/chats")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Lists chats by search and status, a page at a time."""
    search, status = request.args.get("q", ""), request.args.get("status") or None
    page = fleet.list_chats(runtime().sessions, search, status, cursor_from_query())
    return render_template("chats/index.html", page=page, search=search, status=status)


@blueprint.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Adds a supergroup."""
    form = NewChatForm()
    bots = name_bots(runtime().sessions)
    page = attempt(form, lambda: _create(form))
    if page is None:
        return render_template("chats/create.html", form=form, bots=bots), 400 if form.is_submitted() else 200
    flash(f"{page.chat.title} is known.", "success")
    _warn(page.warnings)
    return redirect(url_for("chats.show", chat_id=page.chat.id))


def _warn(advice: Iterable[str]) -> None:
    for line in advice:
        flash(line, "warning")


def _create(form: NewChatForm) -> fleet.ChatPage:
    port = runtime()
    data = form.read_chat()
    new = NewChat(
        telegram_chat_id=form.telegram_chat_id.data or "",
        title=data.title,
        language=data.language,
        topics=data.topics,
        bot_ids=tuple(form.bot_ids.data or ()),
        enabled=form.enabled.data,
        shares_requests=data.shares_requests,
        daily_budget_usd=data.daily_budget_usd,
        timezone=data.timezone,
        quiet=data.quiet,
    )
    return fleet.create_chat(port.sessions, port.telegram, port.vault, new)


@blueprint.get("/<name>")
def find(name: str) -> ResponseReturnValue:
    """Redirects to the chat with this title or Telegram id."""
    return redirect(url_for("chats.show", chat_id=find_chat_id(runtime().sessions, name)))


@blueprint.get("/<int:chat_id>")
def show(chat_id: int) -> ResponseReturnValue:
    """Shows a chat, its members, its costs and its topics."""
    port = runtime()
    page = fleet.get_chat(port.sessions, chat_id)
    return render_template(
        "chats/show.html",
        page=page,
        candidates=fleet.list_candidates(port.sessions, chat_id),
        account=money.read_budget(
            port.sessions,
            port.fleet_settings.read(),
            port.clock,
            "chat",
            chat_id,
            own_budget=page.chat.daily_budget_usd,
        ),
        rests=list_rests(port.sessions, port.clock, chat_id=chat_id),
    )


@blueprint.route("/<int:chat_id>/edit", methods=["GET", "POST"])
def edit(chat_id: int) -> ResponseReturnValue:
    """Changes all that an operator sets for a chat."""
    page = fleet.get_chat(runtime().sessions, chat_id)
    form = ChatForm(obj=page.chat)
    if attempt(form, lambda: fleet.update_chat(runtime().sessions, chat_id, form.read_chat())):
        flash("The chat is saved.", "success")
        return redirect(url_for("chats.show", chat_id=chat_id))
    return render_template("chats/edit.html", page=page, form=form), 400 if form.is_submitted() else 200


@blueprint.post("/<int:chat_id>/enable")
def enable(chat_id: int) -> ResponseReturnValue:
    """Enables the chat."""
    fleet.enable_chat(runtime().sessions, chat_id)
    flash("Bots may speak in this chat.", "success")
    return redirect(url_for("chats.show", chat_id=chat_id))


@blueprint.post("/<int:chat_id>/pause")
def pause(chat_id: int) -> ResponseReturnValue:
    """Pauses the chat."""
    fleet.pause_chat(runtime().sessions, chat_id, request.form.get("reason", ""))
    flash("All bots are silent in this chat until you enable it again.", "success")
    return redirect(url_for("chats.show", chat_id=chat_id))


@blueprint.post("/<int:chat_id>/members")
def add_member(chat_id: int) -> ResponseReturnValue:
    """Adds a bot that is a member of the group on Telegram."""
    port = runtime()
    raw = request.form.get("bot_id", "").strip()
    try:
        if not raw:
            raise InvalidInput("bot_ids", "is empty; choose a bot")
        advice = fleet.add_member(port.sessions, port.telegram, port.vault, chat_id, find_bot_id(port.sessions, raw))
    except InvalidInput as error:
        flash(f"Not added: {error.message}", "danger")
    except NotFound as error:
        flash(f"Not added: {error}", "danger")
    else:
        flash("The bot is a member of this chat.", "success")
        _warn(advice)
    return redirect(url_for("chats.show", chat_id=chat_id))


@blueprint.post("/<int:chat_id>/members/<int:bot_id>/remove")
def remove_member(chat_id: int, bot_id: int) -> ResponseReturnValue:
    """Removes a bot from the chat's members."""
    fleet.remove_member(runtime().sessions, chat_id, bot_id)
    flash("The bot no longer speaks in this chat. In Telegram it is still in the group.", "success")
    return redirect(url_for("chats.show", chat_id=chat_id))


@blueprint.route("/<int:chat_id>/settings", methods=["GET", "POST"])
def settings(chat_id: int) -> ResponseReturnValue:
    """Shows and changes the settings that the chat overrides."""
    return edit_settings(_place(chat_id))


@blueprint.post("/<int:chat_id>/settings/unset")
def unset_own_setting(chat_id: int) -> ResponseReturnValue:
    """Deletes one of the chat's own values."""
    return unset_setting(_place(chat_id))


def _place(chat_id: int) -> Place:
    name = fleet.get_chat(runtime().sessions, chat_id).chat.title
    url, parent = url_for("chats.settings", chat_id=chat_id), url_for("chats.show", chat_id=chat_id)
    return Place(Scope("chat", chat_id), name, url, parent)
