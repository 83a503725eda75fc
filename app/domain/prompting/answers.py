"""Parsing of a provider's answer, complete or streamed, into objects by item id."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from typing import Any

from app.domain.errors import LLMMalformed
from app.domain.json_text import is_too_deep, storable_json

DECODER = json.JSONDecoder()
SPACE = " \t\n\r"

Item = dict[str, Any]


def strict_object(properties: Item) -> Item:
    """Returns the JSON schema of an object with all of `properties` and no other, as strict mode requires."""
    required = list(properties)
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def items_schema(properties: Item, count: int) -> Item:
    """Returns the JSON schema of an answer: an object with `count` items, each with its `id` and all of `properties`.

    The ids are the places of the items in the request, "1" to `count`, and no other text: models that invent or copy
    ids, or do not end their list, cannot do so under this schema.
    """
    ids = [str(place) for place in range(1, count + 1)]
    item = strict_object({"id": {"type": "string", "enum": ids}, **properties})
    return strict_object({"items": {"type": "array", "items": item, "minItems": count, "maxItems": count}})


def read_items(text: str, wanted: Collection[str]) -> dict[str, Item]:
    """Parses an answer to objects by item id, for the ids in `wanted`; missing and duplicate ids are left out, as are
    items that are nested too deep.

    NUL and lone surrogates, which Postgres does not store, NaN and numbers beyond the range of floats are removed at
    any depth. Raises LLMMalformed when the whole answer is not the requested JSON object.
    """
    try:
        body: Any = json.loads(text)
        entries = [(item_id, item) for item in body["items"] if (item_id := _id_of(item)) is not None]
        count = Counter(item_id for item_id, _ in entries)
        found = {item_id: item for item_id, item in entries if item_id in wanted and count[item_id] == 1}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LLMMalformed("The answer is not the JSON object that was asked for.") from None
    return {item_id: storable_json(item) for item_id, item in found.items() if not is_too_deep(item)}


class ItemStream:
    """Incremental parser of a streamed answer: finds each completed item, for the ids in `wanted`.

    An item is complete with its closing brace, so that a truncated one is never returned. The result equals that of
    `read_items`, except for a duplicate id: its first item was returned already, the later ones are left out.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._left = set(wanted)
        self._seen = 0
        self._at: int | None = None

    def feed(self, text_so_far: str) -> dict[str, Item]:
        """Returns the items that were completed since the last call, in order; `text_so_far` only grows.

        Only a brace can complete an item: without a new one, this only searches the new characters.
        """
        grown, self._seen = self._seen, len(text_so_far)
        if not self._left or text_so_far.find("}", grown) < 0:
            return {}
        try:
            return self._take(text_so_far)
        except (ValueError, RecursionError):
            return {}

    def _take(self, text: str) -> dict[str, Item]:
        if self._at is None:
            self._at = find_items(text)
        found: dict[str, Item] = {}
        while self._at is not None and (step := _read_element(text, self._at)) is not None:
            element, self._at = step
            item_id = _id_of(element)
            if item_id in self._left:
                self._left.remove(item_id)
                if not is_too_deep(element):
                    found[item_id] = storable_json(element)
        return found


def find_items(text: str) -> int | None:
    """Returns where in a possibly truncated JSON object the elements of its list "items" begin; None if not yet known.

    Raises ValueError or RecursionError as long as the part before it cannot be parsed.
    """
    at = _skip_space(text, 0)
    mark = "{"
    while text[at : at + 1] == mark:
        key, at = DECODER.raw_decode(text, _skip_space(text, at + 1))
        at = _skip_space(text, at)
        if text[at : at + 1] != ":":
            return None
        at = _skip_space(text, at + 1)
        if key == "items":
            return at + 1 if text[at : at + 1] == "[" else None
        _, at = DECODER.raw_decode(text, at)
        at = _skip_space(text, at)
        mark = ","
    return None


def _read_element(text: str, at: int) -> tuple[Any, int] | None:
    """Returns the list's next element from `at` on and its end; None when it is truncated, invalid or missing.

    A number at the end of the text may still grow: only an object is complete without a following character.
    """
    at = _skip_space(text, at)
    if text[at : at + 1] == ",":
        at = _skip_space(text, at + 1)
    try:
        element, end = DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    if not isinstance(element, dict) and _skip_space(text, end) == len(text):
        return None
    return element, end


def _id_of(item: Any) -> str | None:
    """Returns the id of an item, which some models write as a number; None when it has none."""
    item_id = item.get("id") if isinstance(item, dict) else None
    return str(item_id) if isinstance(item_id, str | int) else None


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at
