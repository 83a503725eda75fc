"""Translation of Bot API answers into the domain's errors: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

from typing import Any

from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    ChatNotFound,
    Conflict,
    Forbidden,
    Muted,
    NotAMember,
    RetryAfter,
    ServerError,
    TargetGone,
    TelegramError,
    Unauthorized,
)

KINDS: dict[int, type[TelegramError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: Unauthorized,
    409: Conflict,
}

PHRASES: tuple[tuple[type[TelegramError], tuple[str, ...]], ...] = (
    (
        Muted,
        ("not enough rights to send", "no rights to send", "chat_write_forbidden", "chat_send_", "chat_restricted"),
    ),
    (NotAMember, ("bot is not a member", "user_not_participant", "channel_private")),
    (ChatNotFound, ("chat not found", "peer_id_invalid", "chat_id_invalid")),
    (TargetGone, ("replied not found", "reply message not found", "to react not found", "message_id_invalid")),
)
"""Kinds of 400 and 403 that differ only by description; https://github.com/vrumger/telegram-errors lists them."""

MOST_S = 7 * 86_400.0


def translate(status: int, body: Any) -> TelegramError:
    """Returns the error of an answer that is not `ok`. A 404 of the Bot API means that the token has no bot; any other
    404 means that TELEGRAM_URL is wrong, and must not break every bot of the fleet.

    The order is python-telegram-bot's: first `parameters`, then the code; undocumented codes between 400 and 499 can
    never succeed either.
    """
    if not isinstance(body, dict) or body.get("ok") is not False:
        return ServerError(f"The server answered {status} with something that is not the Bot API's JSON.")
    parameters = body.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    code = body.get("error_code", status)
    code = code if isinstance(code, int) else status
    if code == 429 or _is_wait(parameters.get("retry_after")):
        return RetryAfter(_seconds(parameters.get("retry_after")))
    if isinstance(parameters.get("migrate_to_chat_id"), int):
        return ChatMigrated(parameters["migrate_to_chat_id"])
    description = str(body.get("description", "no description"))
    return _kind(code, description.lower())(description)


def _kind(code: int, description: str) -> type[TelegramError]:
    if code in (400, 403):
        for kind, phrases in PHRASES:
            if any(phrase in description for phrase in phrases):
                return kind
    return KINDS.get(code, BadRequest if 400 <= code < 500 else ServerError)


def _is_wait(retry_after: Any) -> bool:
    number = isinstance(retry_after, int | float) and not isinstance(retry_after, bool)
    return number and 0 < retry_after < MOST_S


def _seconds(retry_after: Any) -> float:
    """Returns the wait of a 429 in seconds; 1 when it names none."""
    return float(retry_after) if _is_wait(retry_after) else 1.0
