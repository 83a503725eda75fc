"""Translation of Bot API answers into the domain's errors: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

from typing import Any

from app.domain.errors import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    RetryAfter,
    ServerError,
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

MOST_S = 7 * 86_400.0


def translate(status: int, body: Any) -> TelegramError:
    """The error of an answer that is not `ok`. A 404 means that the token has no bot."""
    if not isinstance(body, dict):
        return ServerError(f"The server answered {status} with something that is not the Bot API's JSON.")
    parameters = body.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    code = body.get("error_code", status)
    code = code if isinstance(code, int) else status
    if code == 429:
        return RetryAfter(_seconds(parameters.get("retry_after")))
    if isinstance(parameters.get("migrate_to_chat_id"), int):
        return ChatMigrated(parameters["migrate_to_chat_id"])
    description = str(body.get("description", "no description"))
    return KINDS.get(code, ServerError)(description)


def _seconds(retry_after: Any) -> float:
    """The wait that a 429 asks for; a second when it names none."""
    named = isinstance(retry_after, int | float) and 0 < retry_after < MOST_S
    return float(retry_after) if named else 1.0
