"""JSON schemas of answers, and their forms for providers that know less of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

LENGTHS = ("minItems", "maxItems", "maxLength")

CHARACTERS_PER_TOKEN = 3
"""Of a text whose length is bounded: fewer than in most languages, so that its end comes before the limit of tokens."""


def strict_object(properties: Schema) -> Schema:
    """Returns the JSON schema of an object with all of `properties` and no other, as strict mode requires."""
    required = list(properties)
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def items_schema(properties: Schema, count: int) -> Schema:
    """Returns the JSON schema of an answer: an object with `count` items, each with its `id` and all of `properties`.

    The ids are the places of the items in the request, "1" to `count`, and no other text: models that invent or copy
    ids, or do not end their list, cannot do so under this schema.
    """
    ids = [str(place) for place in range(1, count + 1)]
    item = strict_object({"id": {"type": "string", "enum": ids}, **properties})
    return strict_object({"items": {"type": "array", "items": item, "minItems": count, "maxItems": count}})


def with_text_lengths(schema: Mapping[str, Any], answer_tokens: int) -> dict[str, Any]:
    """Returns a schema of `items_schema` with a length for each item's free texts: what `answer_tokens` leave to them.

    Servers that make a grammar of the schema (llama.cpp, and what is built on it) then end a text in time. A small
    model writes on until the limit of tokens, which cuts the JSON in the middle.
    """
    entries = schema["properties"]["items"]
    fields = entries["items"]["properties"].items()
    texts = [name for name, inner in fields if inner.get("type") == "string" and "enum" not in inner]
    share = answer_tokens // max(1, entries.get("maxItems", 1) * len(texts))
    bounded = {name: {"type": "string", "maxLength": share * CHARACTERS_PER_TOKEN} for name in texts}
    item = {**entries["items"], "properties": {**entries["items"]["properties"], **bounded}}
    return {**schema, "properties": {**schema["properties"], "items": {**entries, "items": item}}}


def without_lengths(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the schema without the lengths of its lists, at any depth; no property is called by one of their names.

    OpenAI's strict mode knows them (https://platform.openai.com/docs/guides/structured-outputs, "Supported
    properties"), as do llama.cpp and vLLM. Groq refuses a schema with "minItems is not supported"
    (https://github.com/i-am-bee/beeai-framework/issues/1215), Cerebras with "Unsupported JSON schema fields".
    """
    return {key: _plain(value) for key, value in schema.items() if key not in LENGTHS}


def _plain(value: Any) -> Any:
    return without_lengths(value) if isinstance(value, Mapping) else value
