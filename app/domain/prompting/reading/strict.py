"""Parsing of a provider's answer, complete or streamed, into objects by item id."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from app.domain.errors import LLMMalformed
from app.domain.json_text import is_too_deep, storable_json
from app.domain.prompting.reading.reasoning import AnswerStart, is_free_of_reasoning, take_out_of_string

DECODER = json.JSONDecoder()
SPACE = " \t\n\r"

Item = dict[str, Any]


def read_items(text: str, wanted: Collection[str]) -> dict[str, Item]:
    """Parses a strict answer to objects by item id, for the ids in `wanted`; missing ids, and those with different
    items, are left out, as are items that are nested too deep or hold reasoning.

    NUL and lone surrogates, which Postgres does not store, NaN and numbers beyond the range of floats are removed at
    any depth. Raises LLMMalformed when the whole answer is not the requested JSON object.
    """
    try:
        body: Any = json.loads(text)
        entries = [(item_id, item) for item in body["items"] if (item_id := _id_of(item)) is not None]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LLMMalformed("The answer is not the JSON object that was asked for.") from None
    return pick(entries, wanted)


def pick(entries: Iterable[tuple[str, Item]], wanted: Collection[str]) -> dict[str, Item]:
    """Returns the sound items whose id is in `wanted` and has no other item, none when ids are counted from 0."""
    found: dict[str, Item | None] = {}
    told = set()
    for item_id, item in entries:
        told.add(item_id)
        if item_id in wanted:
            sound = sound_item({**item, "id": item_id})
            found[item_id] = sound if item_id not in found or found[item_id] == sound else None
    if counts_from_zero(told, wanted):
        return {}
    return {item_id: item for item_id, item in found.items() if item is not None}


def counts_from_zero(told: Collection[str], wanted: Collection[str]) -> bool:
    """Returns whether ids are 0 to N-1 where 1 to N were asked for: then each may be that of the item before."""
    return "0" in told and str(len(wanted)) not in told and _are_counted(wanted)


def sound_item(item: Item) -> Item | None:
    """Returns an item as it can be stored and said; None when it is nested too deep or holds reasoning."""
    if is_too_deep(item):
        return None
    sound = storable_json(item)
    told = {name: take_out_of_string(value) if isinstance(value, str) else value for name, value in sound.items()}
    lost = any(told[name] is None and sound[name] is not None for name in sound)
    return None if lost or not is_free_of_reasoning(told) else told


class ItemStream:
    """Incremental parser of a streamed answer: finds each completed item, for the ids in `wanted`.

    It knows the strict form and a bare list, behind reasoning, special tokens or a fence; what stands in reasoning is
    no item. An item is complete with its closing brace, so that a truncated one is never returned. The result equals
    that of the reader of whole answers, except for an id with two items: the first was returned already, and except for
    an answer that turns out to have been reasoning without a mark at its beginning.
    """

    def __init__(self, wanted: Collection[str]) -> None:
        self._left = set(wanted)
        self._from_one = _are_counted(wanted)
        self._seen = 0
        self._start = AnswerStart()
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
            start = self._start.find(text)
            self._at = None if start is None else find_items(text, start)
        found: dict[str, Item] = {}
        while self._at is not None and (step := _read_element(text, self._at)) is not None:
            element, self._at = step
            item_id = _id_of(element)
            if item_id == "0" and self._from_one:
                self._left.clear()
            if item_id in self._left:
                self._left.remove(item_id)
                sound = sound_item({**element, "id": item_id})
                if sound is not None:
                    found[item_id] = sound
        return found


def find_items(text: str, at: int) -> int | None:
    """Returns where the elements begin in a possibly truncated list at `at`, or in the list "items" of an object there;
    None if not yet known.

    Raises ValueError or RecursionError as long as the part before it cannot be parsed.
    """
    if text[at] == "[":
        return at + 1
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
    return str(item_id) if isinstance(item_id, str | int) and not isinstance(item_id, bool) else None


def _are_counted(ids: Collection[str]) -> bool:
    """Returns whether the ids are the numbers from 1 on."""
    return set(ids) == {str(number + 1) for number in range(len(ids))}


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at
