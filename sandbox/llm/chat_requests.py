"""Validation and parsing of the body of a chat completions request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from sandbox.llm.errors import ApiError
from sandbox.llm.prompts import Item, find_items
from sandbox.llm.tokens import count_prompt

LARGEST_MAX_TOKENS = 1_000_000

Format = Literal["text", "json_object", "json_schema"]


@dataclass(frozen=True)
class ChatRequest:
    """One request. `prompt` is its text in order, as the prefix cache sees it; `max_tokens` bounds the answer; `schema`
    is the required JSON schema, of the format or of the tool; `items` are Chorus's prompts, if any. `tools` are the
    names on offer, `tool` the one to be called, `tool_forced` says that the request insists on it. `body` is as sent.
    """

    model: str
    prompt: str
    prompt_tokens: int
    max_tokens: int | None
    schema: dict[str, Any] | None
    format: Format
    stream: bool
    include_usage: bool
    items: tuple[Item, ...] | None
    contents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    tool: str | None = None
    tool_forced: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)

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
    schema, form = _read_response_format(body.get("response_format"))
    tools = read_tools(body.get("tools"))
    tool, forced = _read_tool_choice(body.get("tool_choice"), tools)
    schema = tools[tool] if tool else schema
    schema_text = json.dumps(schema, separators=(",", ":")) if schema is not None else ""
    stream_options = body.get("stream_options")
    return ChatRequest(
        model=model,
        prompt="".join(f"{role}\n{content}\n" for role, content in messages),
        prompt_tokens=count_prompt(contents, schema_text),
        max_tokens=_read_max_tokens(body),
        schema=schema,
        format=form,
        stream=body.get("stream") is True,
        include_usage=isinstance(stream_options, dict) and stream_options.get("include_usage") is True,
        items=find_items(contents),
        contents=tuple(contents),
        tools=tuple(tools),
        tool=tool,
        tool_forced=forced,
        body=body,
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


def _read_response_format(value: object) -> tuple[dict[str, Any] | None, Format]:
    """Returns the required schema, if any, and the kind of format."""
    if value is None:
        return None, "text"
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "json_schema" and isinstance(value, dict):
        described = value.get("json_schema")
        schema = described.get("schema") if isinstance(described, dict) else None
        if not isinstance(described, dict) or not described.get("name") or not isinstance(schema, dict):
            refuse("Invalid 'json_schema': send name and schema.", "response_format.json_schema")
        return schema, "json_schema"
    if kind not in {"text", "json_object"}:
        refuse("Invalid 'response_format.type': use text, json_object or json_schema.", "response_format")
    return None, "json_object" if kind == "json_object" else "text"


def read_tools(value: object) -> dict[str, dict[str, Any]]:
    """Returns the functions on offer, by name, each with the schema of its parameters."""
    if value is None:
        return {}
    if not isinstance(value, list):
        refuse("Invalid 'tools': send a list of functions.", "tools")
    found: dict[str, dict[str, Any]] = {}
    for place, tool in enumerate(value):
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(name, str) or not name:
            refuse(f"Invalid 'tools[{place}]': send a function with a name.", f"tools[{place}]")
        parameters = function.get("parameters")
        found[name] = parameters if isinstance(parameters, dict) else {}
    return found


def _read_tool_choice(value: object, tools: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Returns the function to call, if any, and whether the request insists on a call."""
    if value is None or value == "auto":
        return next(iter(tools), None), False
    if value == "none":
        return None, False
    if value == "required" and tools:
        return next(iter(tools)), True
    function = value.get("function") if isinstance(value, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if name not in tools:
        refuse("Invalid 'tool_choice': name a function of 'tools'.", "tool_choice")
    return name, True


def _read_max_tokens(body: dict[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_MAX_TOKENS:
            refuse(f"Invalid '{name}': send a whole number from 1 to {LARGEST_MAX_TOKENS}.", name)
        return value
    return None
