"""Errors in the provider's format."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class ApiError(Exception):
    """An error response: status, the body's fields (https://platform.openai.com/docs/guides/error-codes) and its
    headers.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


def missing_key() -> ApiError:
    return ApiError(
        401,
        "You didn't provide an API key. Send it in the Authorization header: Bearer YOUR_KEY.",
        code="invalid_api_key",
    )


def refused_key() -> ApiError:
    return ApiError(401, "Incorrect API key provided.", code="invalid_api_key")


def server_failure() -> ApiError:
    return ApiError(500, "The server had an error while processing your request.", type="server_error")
