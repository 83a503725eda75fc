"""Requests in the form that a model was seen to take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.adapters.llm.presets import Preset
from app.domain.prompting.schemas import with_text_lengths, without_lengths
from app.domain.providers.capabilities import Capabilities

FUNCTION = "answers"
"""Name of the schema, and of the function that is called with the answer."""

ORDER = "Answer with one JSON object and nothing else. It must be valid against this JSON schema:"
EXAMPLE = "An answer has this form, with your own values:"
"""What the prompt says where the form cannot be asked for by a field; DeepSeek and OpenAI want the word JSON in it."""


def build_request(
    model: str,
    messages: Sequence[Mapping[str, str]],
    schema: Mapping[str, Any],
    max_tokens: int,
    known: Capabilities,
    reasoning: Mapping[str, Any],
    answer_tokens: int = 0,
) -> dict[str, Any]:
    """Returns the parameters of an SDK's call; `reasoning` are fields about thinking.

    With `answer_tokens`, the answer's part of `max_tokens`, the schema bounds the length of each text.
    """
    if not known.lengths:
        schema = without_lengths(schema)
    elif answer_tokens:
        schema = with_text_lengths(schema, answer_tokens)
    request: dict[str, Any] = {"model": model, "messages": list(messages), **_form(known, schema)}
    if known.answer_format in {"json_object", "text"}:
        request["messages"] = _told(messages, schema, with_example=known.answer_format == "text")
    if known.limit_name != "none":
        request[known.limit_name] = min(max_tokens, known.most_tokens or max_tokens)
    if reasoning:
        request["extra_body"] = dict(reasoning)
    return request


def streamed(request: Mapping[str, Any], known: Capabilities) -> dict[str, Any]:
    """Returns the request as a streamed one. The options go in `extra_body`: Groq's SDK has no parameter for them."""
    extra = dict(request.get("extra_body", {}))
    if known.stream_usage:
        extra["stream_options"] = {"include_usage": True}
    return {**request, "stream": True, **({"extra_body": extra} if extra else {})}


def reasoning_fields(preset: Preset, known: Capabilities, wish: str) -> dict[str, Any]:
    """Returns the fields that turn thinking down, or to the effort that the operator wishes for.

    `wish` is "auto", "none" or another effort. Fields that the server refused are left out.
    """
    if wish not in {"auto", "none"}:
        fields: Mapping[str, Any] = {"reasoning_effort": wish}
    elif preset.quiet:
        fields = preset.quiet
    else:
        thinks = known.thinking in {"seen", "switchable", "always"}
        fields = preset.if_seen if thinks or wish == "none" else {}
    kept = {name: value for name, value in fields.items() if name not in known.dropped}
    if known.effort and "reasoning_effort" in kept:
        kept["reasoning_effort"] = known.effort
    return kept


def example_of(schema: Mapping[str, Any]) -> Any:
    """Returns the smallest value of the form of a schema: one element a list, the first value of an enum."""
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example_of(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema.get("items", {}))]
    return {"string": "…", "integer": 0, "number": 0, "boolean": False}.get(str(kind))


def _form(known: Capabilities, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields that ask for the form of the answer."""
    if known.answer_format in {"json_schema_strict", "json_schema"}:
        described: dict[str, Any] = {"name": FUNCTION, "schema": dict(schema)}
        if known.answer_format == "json_schema_strict":
            described["strict"] = True
        return {"response_format": {"type": "json_schema", "json_schema": described}}
    if known.answer_format == "tool":
        function = {"name": FUNCTION, "description": "Takes the answers.", "parameters": dict(schema)}
        choice = {"type": "function", "function": {"name": FUNCTION}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if known.answer_format == "json_object" else {}


def _told(messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], with_example: bool) -> list[dict[str, str]]:
    """Returns the messages with the schema at the end of the rules, which stay the same from request to request."""
    parts = [ORDER, json.dumps(schema, ensure_ascii=False, separators=(",", ":"))]
    if with_example:
        parts += [EXAMPLE, json.dumps(example_of(schema), ensure_ascii=False)]
    order = "\n".join(parts)
    first, *rest = [dict(message) for message in messages] or [{"role": "system", "content": ""}]
    if first.get("role") != "system":
        return [{"role": "system", "content": order}, first, *rest]
    return [{**first, "content": f"{first['content']}\n\n{order}"}, *rest]
