"""Delivery of updates: getUpdates with long polling, and the webhook methods."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.calls import Call
from sandbox.telegram.errors import ApiError, bad_request, unauthorized
from sandbox.telegram.records import Webhook, Wire
from sandbox.telegram.updates import Update

MAX_TIMEOUT_S = 50
MAX_LIMIT = 100
SECRET_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A result that is JSON text already."""

    text: str


@dataclass(frozen=True, slots=True)
class Described:
    """A result with Telegram's `description`."""

    result: Any
    description: str


async def get_updates(call: Call) -> Encoded:
    """Returns the updates from `offset` on, waiting up to `timeout` seconds for the first; confirms the earlier ones.

    Raises 409 while a webhook is set, and when another getUpdates of the same token ends this one.
    """
    if call.bot.webhook is not None:
        raise ApiError(
            409, "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    ticket = call.bot.queue.open_poll()
    _keep_allowed_updates(call)
    _confirm(call)
    updates = await _wait_for_updates(call, ticket)
    if len(updates) > 1 and (call.state.faults.take("reorder_updates", bot_id=call.bot.id)):
        updates.reverse()
    for update in updates:
        call.state.log_delivery(call.bot, update, "poll")
    return Encoded(f"[{','.join(update.encode() for update in updates)}]")


def _keep_allowed_updates(call: Call) -> None:
    allowed = call.params.strings("allowed_updates")
    if allowed is not None and frozenset(allowed) != call.bot.queue.allowed:
        call.state.commit("allowed_updates", bot_id=call.bot.id, allowed_updates=allowed)


def _confirm(call: Call) -> None:
    offset, queue = call.params.integer("offset") or 0, call.bot.queue
    if offset < 0:
        kept = queue.head(len(queue.pending))[offset:]
        offset = kept[0].update_id if kept else 0
    if offset > 0:
        call.state.confirm(call.bot, offset)


async def _wait_for_updates(call: Call, ticket: int) -> list[Update]:
    limit = min(max(call.params.integer("limit") or MAX_LIMIT, 1), MAX_LIMIT)
    timeout = min(max(call.params.integer("timeout") or 0, 0), MAX_TIMEOUT_S)
    queue, loop = call.bot.queue, asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while not (updates := queue.head(limit)):
        if loop.time() >= deadline or call.state.closing:
            break
        queue.changed.clear()
        try:
            async with asyncio.timeout_at(deadline):
                await queue.changed.wait()
        except TimeoutError:
            break
        _check_still_wanted(call, ticket)
    return updates


def _check_still_wanted(call: Call, ticket: int) -> None:
    if not call.token_is_valid:
        raise unauthorized()
    if call.bot.queue.poll != ticket:
        raise ApiError(409, "terminated by other getUpdates request; make sure that only one bot instance is running")
    if call.bot.webhook is not None:
        raise ApiError(409, "terminated by setWebhook request")


def set_webhook(call: Call) -> Described:
    """Posts updates to `url` from now on; an empty url deletes the webhook. Accepts plain http: this is a sandbox."""
    url = (call.params.text("url") or "").strip()
    if not url:
        return delete_webhook(call)
    secret = call.params.text("secret_token") or None
    if secret is not None and not SECRET_TOKEN.match(secret):
        raise bad_request("secret token contains unallowed characters")
    _check_address(url)
    _keep_allowed_updates(call)
    _drop_pending(call)
    connections = min(max(call.params.integer("max_connections") or 40, 1), 100)
    call.state.keep_webhook(call.bot, Webhook(url, secret, connections))
    call.bot.queue.open_poll()
    return Described(True, "Webhook was set")


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise bad_request("bad webhook: invalid webhook URL specified")


def _drop_pending(call: Call) -> None:
    if call.params.flag("drop_pending_updates"):
        call.state.confirm(call.bot, call.bot.queue.next_id)


def delete_webhook(call: Call) -> Described:
    """Returns to getUpdates; drop_pending_updates deletes the pending updates."""
    _drop_pending(call)
    if call.bot.webhook is None:
        return Described(True, "Webhook is already deleted")
    call.state.keep_webhook(call.bot, None)
    return Described(True, "Webhook was deleted")


def get_webhook_info(call: Call) -> Wire:
    """Returns the WebhookInfo; its url is empty while none is set."""
    hook, queue = call.bot.webhook, call.bot.queue
    info: Wire = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(queue.pending),
    }
    if hook is not None:
        info["max_connections"] = hook.max_connections
        if hook.last_error_date is not None:
            info["last_error_date"] = hook.last_error_date
            info["last_error_message"] = hook.last_error_message
    if queue.allowed:
        info["allowed_updates"] = sorted(queue.allowed)
    return info
