"""Errors in the providers' formats and words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any


@dataclass
class ApiError(Exception):
    """An error response: status, the body's fields (https://platform.openai.com/docs/guides/error-codes) and its
    headers. `body` is the whole body where a provider has a form of its own.
    """

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    kind: str = "refused"

    def as_json(self) -> Any:
        if self.body is not None:
            return self.body
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


@cache
def _wordings() -> Mapping[str, Any]:
    return tomllib.loads(files("sandbox.llm").joinpath("wordings.toml").read_text("utf-8"))


def say(words: str, kind: str, **values: Any) -> ApiError:
    """Returns the error of `kind` in a provider's words (wordings.toml), else in OpenAI's; `values` fill its text."""
    own = _wordings().get(words, {})
    entry = own.get(kind) or _wordings()["openai"][kind]
    body = _fill(entry["body"], values)
    if isinstance(body, dict) and isinstance(body.get("error"), dict) and "message" in body["error"]:
        body["error"] = {**body["error"], **{name: body["error"].get(name) for name in ("param", "code")}}
    return ApiError(entry["status"], _sentence(body), body=body, kind=kind)


def has_words(words: str) -> bool:
    """Whether wordings.toml has anything of a provider of this name."""
    return words in _wordings()


def _fill(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: _fill(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [_fill(value, values) for value in part]
    if not isinstance(part, str):
        return part
    return values[part[1:]] if part[:1] == "$" and part[1:] in values else Template(part).safe_substitute(values)


def _sentence(body: Any) -> str:
    """Returns the message inside a body of any form."""
    while isinstance(body, list | dict):
        if isinstance(body, list):
            body = body[0] if body else ""
        else:
            body = next((body[name] for name in ("error", "message", "detail", "msg", "type") if name in body), "")
    return str(body)


def missing_key() -> ApiError:
    return ApiError(
        401,
        "You didn't provide an API key. Send it in the Authorization header: Bearer YOUR_KEY.",
        code="invalid_api_key",
        kind="key",
    )


def refused_key() -> ApiError:
    return ApiError(401, "Incorrect API key provided.", code="invalid_api_key", kind="key")


def server_failure() -> ApiError:
    return ApiError(500, "The server had an error while processing your request.", type="server_error", kind="failed")
