"""Routes of `/api/v1`. Errors are `{"error": {"field", "message"}}` with a 4xx or 5xx status.

Programs sign in as browsers do; a change needs the header `X-CSRFToken` with the token of `GET /api/v1/session`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.services import fleet, money
from app.services.fleet import Page, rests
from app.services.fleet.finding import find_bot_id, find_chat_id
from app.services.ingest.inbox_view import read_inbox
from app.services.overview import overview
from app.services.settings import values as settings_service
from app.services.traces import why, why_json
from app.services.traces.engine import engine_version
from app.services.utterances import unknown_sends
from app.services.work import parked
from app.web.api import bodies, payloads
from app.web.paging import cursor_from_query, number_from_query
from app.web.state import runtime

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
BOT_FIELDS = frozenset({"token", "persona", "stances", "holdings", "daily_budget_usd"})
CHAT_FIELDS = frozenset(
    {
        "telegram_chat_id",
        "title",
        "language",
        "topics",
        "bot_ids",
        "enabled",
        "shares_requests",
        "daily_budget_usd",
        "timezone",
        "quiet",
    }
)
LEDGER_PAGE = 100


@blueprint.get("/session")
def session() -> ResponseReturnValue:
    """Returns the signed-in account and the CSRF token that changes need."""
    return {"username": current_user.username, "role": current_user.role, "csrf_token": generate_csrf()}


@blueprint.get("/bots")
def list_bots() -> ResponseReturnValue:
    """Lists bots, 50 a page: `?q=`, `?status=`, `?after=`."""
    args = request.args
    page = fleet.list_bots(runtime().sessions, args.get("q", ""), args.get("status"), cursor_from_query())
    return _page(page, "bots", [payloads.show_bot(bot) for bot in page.items])


@blueprint.post("/bots")
def create_bot() -> ResponseReturnValue:
    """Adds a bot: 201 with the bot, and its address in Location."""
    port = runtime()
    form = bodies.read_new_bot(bodies.read_body(BOT_FIELDS))
    view = fleet.create_bot(
        port.sessions, port.telegram, port.vault, form, clock=port.clock, shards=port.settings.shards
    )
    return (
        payloads.show_bot_view(view, port.clock.now()),
        201,
        {"Location": url_for("api.show_bot", bot_id=view.bot.id)},
    )


@blueprint.get("/bots/<int:bot_id>")
def show_bot(bot_id: int) -> ResponseReturnValue:
    """Returns one bot with persona, stances, holdings, memberships and warnings."""
    port = runtime()
    body: dict[str, Any] = payloads.show_bot_view(fleet.get_bot(port.sessions, bot_id), port.clock.now())
    return {**body, "rests": payloads.show_rests(rests.list_rests(port.sessions, port.clock, bot_id=bot_id))}


@blueprint.get("/bots/<name>")
def find_bot(name: str) -> ResponseReturnValue:
    """Returns the bot with this @username or name; 400 when several match."""
    return show_bot(find_bot_id(runtime().sessions, name))


@blueprint.get("/bots/<int:bot_id>/why")
def explain_bot(bot_id: int) -> ResponseReturnValue:
    """Returns the traces of the bot's last 20 utterances, of `?chat=` only if given, and of its silent ticks."""
    port, chat_id = runtime(), number_from_query("chat")
    return why_json.show_report(why.explain_bot(port.sessions, port.silence, port.clock, bot_id, chat_id))


@blueprint.get("/utterances/<int:utterance_id>/why")
def explain_utterance(utterance_id: int) -> ResponseReturnValue:
    """Returns the trace of one utterance, and whether a replay decides the same."""
    return why_json.show_said(why.explain_utterance(runtime().sessions, utterance_id, engine_version()))


@blueprint.get("/chats")
def list_chats() -> ResponseReturnValue:
    """Lists chats, 50 a page: `?q=`, `?status=`, `?after=`."""
    args = request.args
    page = fleet.list_chats(runtime().sessions, args.get("q", ""), args.get("status"), cursor_from_query())
    return _page(page, "chats", [payloads.show_chat(chat) for chat in page.items])


@blueprint.post("/chats")
def create_chat() -> ResponseReturnValue:
    """Adds a supergroup: 201 with the chat, and its address in Location."""
    port = runtime()
    form = bodies.read_new_chat(bodies.read_body(CHAT_FIELDS))
    page = fleet.create_chat(port.sessions, port.telegram, port.vault, form)
    return (
        payloads.show_chat_page(page, port.clock.now()),
        201,
        {"Location": url_for("api.show_chat", chat_id=page.chat.id)},
    )


@blueprint.get("/chats/<int:chat_id>")
def show_chat(chat_id: int) -> ResponseReturnValue:
    """Returns one chat with its bots."""
    port = runtime()
    body: dict[str, Any] = payloads.show_chat_page(fleet.get_chat(port.sessions, chat_id), port.clock.now())
    return {**body, "rests": payloads.show_rests(rests.list_rests(port.sessions, port.clock, chat_id=chat_id))}


@blueprint.get("/chats/<name>")
def find_chat(name: str) -> ResponseReturnValue:
    """Returns the chat with this title or Telegram id; 400 when several match."""
    return show_chat(find_chat_id(runtime().sessions, name))


@blueprint.get("/unknown-sends")
def list_unknown_sends() -> ResponseReturnValue:
    """Returns the newest 200 sends whose outcome is unknown, and their total."""
    sends = unknown_sends.list_unknown(runtime().sessions)
    return {"items": [payloads.show_unknown_send(send) for send in sends.items], "total": sends.total}


@blueprint.post("/unknown-sends/<int:utterance_id>/resend")
def resend(utterance_id: int) -> ResponseReturnValue:
    """Resends one of them: 204. 404 when its outcome is known by now, 400 while its bot or chat is busy."""
    unknown_sends.resend(runtime().sessions, utterance_id, current_user.username, runtime().clock)
    return "", 204


@blueprint.post("/unknown-sends/<int:utterance_id>/dismiss")
def dismiss(utterance_id: int) -> ResponseReturnValue:
    """Dismisses one of them: 204. 404 when its outcome is known by now."""
    unknown_sends.dismiss(runtime().sessions, utterance_id, current_user.username)
    return "", 204


@blueprint.get("/rests")
def list_rests() -> ResponseReturnValue:
    """Returns the newest 200 places that rest because Telegram refuses what bots send there."""
    return {"items": payloads.show_rests(rests.list_rests(runtime().sessions, runtime().clock))}


@blueprint.post("/rests/<int:rest_id>/try")
def try_place(rest_id: int) -> ResponseReturnValue:
    """Ends a rest, so that the next turn tries again: 204. 404 when it is over already."""
    rests.try_now(runtime().sessions, runtime().clock, rest_id, current_user.username)
    return "", 204


@blueprint.get("/parked")
def list_parked() -> ResponseReturnValue:
    """Returns the newest 200 parked items, and their total."""
    found = parked.list_parked(runtime().sessions)
    return {"items": [payloads.jsonable(asdict(item)) for item in found.items], "total": found.total}


@blueprint.post("/parked/<int:failure_id>/retry")
def try_again(failure_id: int) -> ResponseReturnValue:
    """Retries a parked item: 204. 404 when it is not parked any more, 400 while its bot or chat is busy."""
    port = runtime()
    parked.try_again(port.sessions, port.queue, port.clock, failure_id, current_user.username)
    return "", 204


@blueprint.post("/parked/<int:failure_id>/dismiss")
def dismiss_parked(failure_id: int) -> ResponseReturnValue:
    """Dismisses a parked item: 204. 404 when it is not parked any more."""
    parked.dismiss(runtime().sessions, failure_id, current_user.username)
    return "", 204


@blueprint.get("/overview")
def show_overview() -> ResponseReturnValue:
    """Returns the dashboard's counters."""
    return asdict(overview.read_counters(runtime().sessions, runtime().cache, runtime().clock))


@blueprint.get("/updates")
def show_updates() -> ResponseReturnValue:
    """Returns the update mode, the last hour's updates by outcome, and the newest unrecognised ones."""
    body: dict[str, Any] = payloads.jsonable(asdict(read_inbox(runtime().sessions, runtime().clock)))
    return body


@blueprint.get("/money")
def show_money() -> ResponseReturnValue:
    """Returns today's daily budgets, the last 14 days, and what each model cost today."""
    port = runtime()
    accounts = money.read_budgets(port.sessions, port.fleet_settings.read(), port.clock)
    days, models = money.read_days(port.sessions, port.clock), money.read_models(port.sessions, port.clock)
    return payloads.show_money(accounts, days, models)


@blueprint.get("/llm-requests")
def list_llm_requests() -> ResponseReturnValue:
    """Lists the ledger of requests to the providers, the newest first, 100 a page: `?after=`."""
    page = money.list_requests(runtime().sessions, cursor_from_query(LEDGER_PAGE))
    return _page(page, "llm_requests", [payloads.show_request(item) for item in page.items])


@blueprint.get("/settings")
def show_settings() -> ResponseReturnValue:
    """Returns all settings of the fleet by key."""
    return asdict(settings_service.load_settings(runtime().sessions))


def _page(page: Page[Any], endpoint: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    following = None
    if page.next_after is not None:
        kept = {key: value for key, value in request.args.items() if key not in ("after", "before")}
        following = url_for(f"api.list_{endpoint}") + "?" + urlencode({**kept, "after": page.next_after})
    return {"items": items, "next": following}
