"""Translation of Bot API answers into the domain's errors: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

from typing import Any

from app.adapters.telegram.waits import read_wait
from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    ChatNotFound,
    ChatRefused,
    Conflict,
    Forbidden,
    Muted,
    NotAMember,
    ReactionInvalid,
    RetryAfter,
    ServerError,
    TargetGone,
    TelegramError,
    TopicRefused,
    Unauthorized,
)
from app.domain.text import storable

KINDS: dict[int, type[TelegramError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: Unauthorized,
    409: Conflict,
}

TOKENS = frozenset({401, 409})
"""Codes that concern the token, whatever the description says."""

PHRASES: tuple[tuple[type[TelegramError], tuple[str, ...]], ...] = (
    (
        Muted,
        ("not enough rights to send", "no rights to send", "chat_write_forbidden", "chat_send_", "chat_restricted"),
    ),
    (NotAMember, ("bot is not a member", "user_not_participant", "channel_private")),
    (ChatNotFound, ("chat not found", "peer_id_invalid", "chat_id_invalid")),
    (TargetGone, ("replied not found", "reply message not found", "to react not found", "message_id_invalid")),
    (TopicRefused, ("topic_closed", "topic_deleted", "topic_id_invalid", "thread not found", "topic closed")),
    (ReactionInvalid, ("reaction_invalid", "reaction_empty", "reactions_too_many")),
    (
        ChatRefused,
        (
            "chat_guest_send_forbidden",
            "payment_required",
            "allow_payment_required",
            "administrator rights",
            "chat_admin_required",
            "user_banned_in_channel",
            "chat_forbidden",
        ),
    ),
)
"""Kinds of refusals that differ only by description; https://github.com/vrumger/telegram-errors lists them."""

LONGEST_DESCRIPTION = 300


def translate(status: int, body: Any) -> TelegramError:
    """Returns the error of an answer that is not `ok`. A 404 of the Bot API means that the token has no bot; any other
    404 means that TELEGRAM_URL is wrong, and must not break every bot of the fleet.

    The order is python-telegram-bot's: first `parameters`, then the code; undocumented codes between 400 and 499 can
    never succeed either. A wait counts whatever the code.
    """
    if not isinstance(body, dict) or body.get("ok") is not False:
        return ServerError(f"The server answered {status} with something that is not the Bot API's JSON.")
    parameters = body.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    code = body.get("error_code", status)
    code = code if isinstance(code, int) else status
    description = storable(str(body.get("description", "no description")))[:LONGEST_DESCRIPTION]
    wait_s = read_wait(code, parameters, description)
    if wait_s is not None:
        return RetryAfter(wait_s)
    if isinstance(parameters.get("migrate_to_chat_id"), int):
        return ChatMigrated(parameters["migrate_to_chat_id"])
    return _kind(code, description.lower())(description)


def _kind(code: int, description: str) -> type[TelegramError]:
    if 400 <= code < 500 and code not in TOKENS:
        for kind, phrases in PHRASES:
            if any(phrase in description for phrase in phrases):
                return kind
    return KINDS.get(code, BadRequest if 400 <= code < 500 else ServerError)
