"""Answers in the forms of different providers, whole or streamed as the request asks, for a scripted server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.domain.ports import Learned
from tests.integration.adapters.scripted import Reply

KEY = "my-own-secret-key"
TEXT = '{"items":[{"id":"1","text":"héllo"}]}'
USAGE = {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}
MESSAGES = [{"role": "system", "content": "rules"}, {"role": "user", "content": '{"items": [{"id": "1"}]}'}]

Habit = Callable[[dict[str, Any]], Reply]


class MemoryStore:
    """The store of all workers, in memory."""

    def __init__(self):
        self.known = {}
        self.old = False
        self.reads = 0

    def read(self, server, model):
        self.reads += 1
        found = self.known.get((server, model))
        was_old, self.old = self.old, False
        return Learned(*found, is_old=was_old) if found else None

    def learn(self, server, model, facts, reason, anew):
        self.known[server, model] = (facts, reason)


def answer(
    body: Mapping[str, Any],
    message: Mapping[str, Any] | None = None,
    finish: str = "stop",
    usage: Mapping[str, Any] | None = None,
) -> Reply:
    """A completion with `message`: the text, unless a test wants something else."""
    told = {"content": TEXT} if message is None else dict(message)
    counted = USAGE if usage is None else usage
    if not body.get("stream"):
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **told}}
        whole = {"id": "c", "object": "chat.completion", "model": "m-2", "choices": [choice], "usage": counted}
        return Reply(200, whole)
    chunks = [_chunk(delta) for delta in _pieces(told)]
    events = [*chunks, {**_chunk({}), "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}]
    events.append({**_chunk({}), "choices": [], "usage": counted})
    return stream(*events)


def stream(*events: Mapping[str, Any]) -> Reply:
    """A stream of events."""
    lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
    return Reply(200, b"".join(lines) + b"data: [DONE]\n\n", {"content-type": "text/event-stream"})


def refuse(status: int, message: str, **fields: Any) -> Reply:
    """An error in OpenAI's form."""
    return Reply(status, {"error": {"message": message, "type": "invalid_request_error", **fields}})


def format_of(body: Mapping[str, Any]) -> str:
    """The format that a request asks for, by the name of the ladder's step."""
    if "tools" in body:
        return "tool"
    asked = body.get("response_format", {})
    if asked.get("type") == "json_schema":
        return "json_schema_strict" if asked["json_schema"].get("strict") else "json_schema"
    return asked.get("type", "text")


def called(body: Mapping[str, Any], message: Mapping[str, Any] | None = None) -> Reply:
    """An answer as the request wants it: by a function call where one is forced."""
    if "tools" not in body:
        return answer(body, message)
    call = {"index": 0, "id": "t", "type": "function", "function": {"name": "answers", "arguments": TEXT}}
    return answer(body, {"content": None, "tool_calls": [call]}, "tool_calls")


def _chunk(delta: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "model": "m-2",
        "choices": [{"index": 0, "delta": dict(delta), "finish_reason": None}],
    }


def _pieces(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields a message in two deltas a field; calls with their name first and the arguments in two pieces."""
    for name, value in message.items():
        if isinstance(value, str):
            yield from ({name: part} for part in (value[:9], value[9:]) if part)
        elif name == "tool_calls":
            for call in value:
                arguments = call["function"]["arguments"]
                yield {name: [{**call, "function": {"name": "answers", "arguments": arguments[:9]}}]}
                yield {name: [{"index": call["index"], "function": {"arguments": arguments[9:]}}]}
        elif value is not None:
            yield {name: value}
