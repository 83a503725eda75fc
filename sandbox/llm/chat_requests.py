"""Validation and parsing of the body of a chat completions request."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.llm.errors import ApiError
from sandbox.llm.prompts import Item, find_items
from sandbox.llm.tokens import count_prompt

LARGEST_MAX_TOKENS = 1_000_000


@dataclass(frozen=True)
class ChatRequest:
    """One request. `prompt` is its text in order, as the prefix cache sees it; `max_tokens` bounds the answer; `schema`
    is the required JSON schema; `json_mode` requires any JSON object; `items` are Chorus's prompts, if any.
    """

    model: str
    prompt: str
    prompt_tokens: int
    max_tokens: int | None
    schema: dict[str, Any] | None
    json_mode: bool
    stream: bool
    include_usage: bool
    items: tuple[Item, ...] | None

    @property
    def prompts(self) -> int:
        """The number of prompts in the request: its items, or 1 without items."""
        return 1 if self.items is None else len(self.items)


def read_chat_request(body: object) -> ChatRequest:
    """Returns the request in `body`. Raises ApiError (400) naming the field that is wrong."""
    if not isinstance(body, dict):
        refuse("We could not parse the JSON body of your request: send a JSON object.", None)
    model = body.get("model")
    if not isinstance(model, str) or not model:
        refuse("you must provide a model parameter", "model")
    if body.get("n", 1) not in {1, None}:
        refuse("Invalid value for 'n': this server answers one choice, so send 1.", "n")
    messages = _read_messages(body.get("messages"))
    contents = [content for _, content in messages]
    schema, json_mode = _read_response_format(body.get("response_format"))
    schema_text = json.dumps(schema, separators=(",", ":")) if schema is not None else ""
    stream_options = body.get("stream_options")
    return ChatRequest(
        model=model,
        prompt="".join(f"{role}\n{content}\n" for role, content in messages),
        prompt_tokens=count_prompt(contents, schema_text),
        max_tokens=_read_max_tokens(body),
        schema=schema,
        json_mode=json_mode,
        stream=body.get("stream") is True,
        include_usage=isinstance(stream_options, dict) and stream_options.get("include_usage") is True,
        items=find_items(contents),
    )


def refuse(message: str, param: str | None) -> NoReturn:
    """Raises ApiError (400) for a field that is wrong."""
    raise ApiError(400, message, param=param)


def _read_messages(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not value:
        refuse("Invalid 'messages': send a list with at least one message.", "messages")
    return [_read_message(message, place) for place, message in enumerate(value)]


def _read_message(message: object, place: int) -> tuple[str, str]:
    param = f"messages[{place}]"
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        refuse(f"Invalid '{param}': send an object with 'role' and 'content'.", param)
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is None and message["role"] == "assistant":
        content = ""
    if not isinstance(content, str):
        refuse(f"Invalid '{param}.content': send text, or a list of text parts.", f"{param}.content")
    return message["role"], content


def _read_response_format(value: object) -> tuple[dict[str, Any] | None, bool]:
    """Returns the required schema, if any, and whether any JSON object is accepted."""
    if value is None:
        return None, False
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "json_schema" and isinstance(value, dict):
        described = value.get("json_schema")
        schema = described.get("schema") if isinstance(described, dict) else None
        if not isinstance(described, dict) or not described.get("name") or not isinstance(schema, dict):
            refuse("Invalid 'json_schema': send name and schema.", "response_format.json_schema")
        return schema, False
    if kind not in {"text", "json_object"}:
        refuse("Invalid 'response_format.type': use text, json_object or json_schema.", "response_format")
    return None, kind == "json_object"


def _read_max_tokens(body: dict[str, Any]) -> int | None:
    for field in ("max_completion_tokens", "max_tokens"):
        value = body.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_MAX_TOKENS:
            refuse(f"Invalid '{field}': send a whole number from 1 to {LARGEST_MAX_TOKENS}.", field)
        return value
    return None
