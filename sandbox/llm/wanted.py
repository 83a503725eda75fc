"""What a request wants of every item: the properties of its schema, wherever the schema stands."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.llm.chat_requests import ChatRequest
from sandbox.llm.instances import resolve

KNOWN = ("text", "summary", "insights")
"""A property by which an example of an answer is recognised."""

MOST_STARTS = 200


def wanted_properties(request: ChatRequest) -> dict[str, Any]:
    """Returns the properties that an item of the answer must have, with their schemas.

    They come from the format's or the tool's schema, else from a schema in the prompt, else from an example of the
    answer there, whose values then count as schemas that anything satisfies.
    """
    if request.schema is not None:
        return _properties_of_items(request.schema)
    found = list(_objects(request.contents))
    for value in found:
        if properties := _properties_of_items(value):
            return properties
    for value in found:
        entries = value.get("items")
        entry = entries[0] if isinstance(entries, list) and entries else None
        if isinstance(entry, dict) and any(name in entry for name in KNOWN):
            return {name: {} for name in entry}
    return {}


def id_name_of(wanted: dict[str, Any]) -> str:
    """Returns the property that carries an item's id: `id`, else a number, else `id` again."""
    if "id" in wanted or not wanted:
        return "id"
    return next((name for name in ("n", "number", "item", "index") if name in wanted), "id")


def _properties_of_items(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    items = resolve(properties.get("items") if isinstance(properties, dict) else None, schema)
    entry = resolve(items.get("items"), schema)
    names = entry.get("properties")
    return {name: {**resolve(names[name], schema)} for name in names} if isinstance(names, dict) else {}


def _objects(contents: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yields the JSON objects that stand in the messages."""
    decoder = json.JSONDecoder()
    for content in contents:
        at, starts = content.find("{"), 0
        while at >= 0 and starts < MOST_STARTS:
            try:
                value, end = decoder.raw_decode(content, at)
            except (ValueError, RecursionError):
                starts, end = starts + 1, at + 1
            else:
                yield value
            at = content.find("{", end)
