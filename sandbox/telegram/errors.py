"""The errors of the Bot API, with Telegram's texts, and of the control API."""

from typing import Any

DESCRIPTION_PREFIX = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}


class ApiError(Exception):
    """A call the Bot API refuses. `parameters` is the wire field of that name (retry_after, migrate_to_chat_id)."""

    def __init__(self, code: int, reason: str, **parameters: int) -> None:
        self.code = code
        self.description = DESCRIPTION_PREFIX.get(code, "") + reason
        self.parameters = parameters
        super().__init__(self.description)

    def wire(self) -> dict[str, Any]:
        """Returns the JSON object the Bot API answers with."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(reason: str) -> ApiError:
    """Returns a 400 with Telegram's prefix."""
    return ApiError(400, reason)


def too_many_requests(retry_after: int) -> ApiError:
    """Returns a 429: wait `retry_after` seconds until the next call (core.telegram.org/bots/api#responseparameters)."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def unauthorized() -> ApiError:
    """Returns a 401: the token is unknown or was revoked."""
    return ApiError(401, "Unauthorized")


class ControlError(Exception):
    """A request the control API refuses: the field, what is wrong with it and what to do."""

    def __init__(self, field: str, problem: str, *, status: int = 400) -> None:
        self.status = status
        super().__init__(f"{field}: {problem}")
