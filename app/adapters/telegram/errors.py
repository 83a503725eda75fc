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


def translate(status: int, body: Any) -> TelegramError:
    """The error of an answer that is not `ok`. A 404 means that the token has no bot."""
    if not isinstance(body, dict):
        return ServerError(f"The server answered {status} with something that is not the Bot API's JSON.")
    parameters = body.get("parameters") or {}
    code = int(body.get("error_code", status))
    if code == 429:
        return RetryAfter(float(parameters.get("retry_after", 1)))
    if "migrate_to_chat_id" in parameters:
        return ChatMigrated(int(parameters["migrate_to_chat_id"]))
    description = str(body.get("description", "no description"))
    return KINDS.get(code, ServerError)(description)
