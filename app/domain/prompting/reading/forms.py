"""The forms in which models write down items: an object with a list, a bare list, keyed by id, one alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.domain.json_text import parse_json

Item = dict[str, Any]

Form = Literal["list", "keyed", "single", "unnamed", "wrapped", "double_encoded", "odd_id"]

WRAPPERS = frozenset(
    "items answers results data response responses output outputs messages replies result answer arguments parameters"
    " properties".split()
)
"""Keys below which models put the items; any other one counts only when it is alone in its object."""

ODD_ID = re.compile(r"\s*(?:(?:id|item|no|nr)[\s.:#_-]*|#?\s*)(\d+)\s*[.:)]?\s*", re.IGNORECASE)
THOUGHTS = re.compile("think|thought|reason|analy|reflect|scratch|draft|plan", re.IGNORECASE)
"""In a key it says that what stands below is not the answer."""

MOST_WRAPPINGS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: `ids` in the order of the prompt, the `fields` of each item, and the name of its text when
    it has no other field.
    """

    ids: Sequence[str]
    fields: frozenset[str]
    text_field: str | None

    @property
    def alone(self) -> str | None:
        """The id, when one item was asked for."""
        return self.ids[0] if len(self.ids) == 1 else None


def read_asked(ids: Sequence[str], schema: Mapping[str, Any]) -> Asked:
    """Returns what an answer of `schema` (see `items_schema`) to the items `ids` must hold."""
    item: Any = schema
    for step in ("properties", "items", "items", "properties"):
        item = item.get(step) if isinstance(item, Mapping) else None
    properties = {name: one for name, one in item.items() if name != "id"} if isinstance(item, Mapping) else {}
    texts = [name for name, one in properties.items() if isinstance(one, Mapping) and one.get("type") == "string"]
    alone = texts[0] if len(properties) == 1 and texts else None
    return Asked(tuple(ids), frozenset(properties), alone)


@dataclass(slots=True)
class Found:
    """Items by the id that they name, and lists (or single ones) of items that name none; `forms` of what they had."""

    named: list[tuple[str, Item]] = field(default_factory=list)
    unnamed: list[list[Item]] = field(default_factory=list)
    forms: set[Form] = field(default_factory=set)


def read_forms(value: Any, asked: Asked, found: Found) -> None:
    """Adds the items of a JSON value to `found`."""
    _Reader(asked, found).read(value, MOST_WRAPPINGS)


class _Reader:
    def __init__(self, asked: Asked, found: Found) -> None:
        self._asked = asked
        self._found = found

    def read(self, value: Any, wrappings: int, usual: bool = False) -> None:
        """Reads the value; `usual` says that it stands below "items"."""
        if isinstance(value, str) and wrappings:
            self._read_encoded(value, wrappings - 1)
        elif isinstance(value, list):
            self._read_list(value, usual)
        elif isinstance(value, dict):
            self._read_object(value, wrappings)

    def _read_encoded(self, text: str, wrappings: int) -> None:
        inner = _decode(text)
        if inner is not None:
            self._found.forms.add("double_encoded")
            self.read(inner, wrappings)

    def _read_object(self, value: Item, wrappings: int) -> None:
        asked = self._asked
        if "id" in value and self._is_item(value):
            self._take("single", [value])
        elif wrappings and isinstance(value.get("items"), list | dict | str):
            self.read(value["items"], wrappings - 1, usual=True)
        elif "id" in value:
            return
        elif self._is_item(value):
            self._found.unnamed.append([value])
            self._found.forms.add("single")
        elif any(self._id(key) in asked.ids for key in value):
            self._read_keyed(value)
        elif wrappings and (inner := _unwrap(value)) is not None:
            self._found.forms.add("wrapped")
            self.read(inner, wrappings - 1)

    def _read_keyed(self, value: Item) -> None:
        self._found.forms.add("keyed")
        for key, one in value.items():
            item_id = self._id(key)
            item = {self._asked.text_field: one} if isinstance(one, str) and self._asked.text_field else one
            if item_id is None or not isinstance(item, dict) or not self._is_item(item):
                continue
            if "id" in item and self._id(item["id"]) != item_id:
                self._found.named.append((item_id, {"id": item_id}))
            self._add(key, item)

    def _read_list(self, values: list[Any], usual: bool) -> None:
        items = [self._element(one) for one in values]
        named = [one for one in items if one is not None and "id" in one]
        keyed = [
            one for one in items if one and "id" not in one and any(self._id(key) in self._asked.ids for key in one)
        ]
        nested = [one for one in items if one and isinstance(one.get("items"), list)]
        if nested and not named:
            for one in nested:
                self.read(one, 1)
        elif named:
            self._take("" if usual else "list", named)
        elif keyed and not any(self._is_item(one) for one in keyed):
            for one in keyed:
                self._read_keyed(one)
        elif items:
            complete = [one for one in items if one is not None and self._is_item(one)]
            if len(complete) == len(items):
                self._found.forms.add("unnamed")
                self._found.unnamed.append(complete)

    def _element(self, value: Any) -> Item | None:
        """Returns an element of a list as an item: a text alone is one where items have nothing but a text."""
        if isinstance(value, str):
            inner = _decode(value)
            if isinstance(inner, dict):
                self._found.forms.add("double_encoded")
                return inner
            return {self._asked.text_field: value} if self._asked.text_field and inner is None else None
        return value if isinstance(value, dict) else None

    def _take(self, form: Form | Literal[""], items: list[Item]) -> None:
        if form:
            self._found.forms.add(form)
        for item in items:
            if self._is_item(item):
                self._add(item["id"], item)

    def _add(self, spelled: Any, item: Item) -> None:
        item_id = self._id(spelled)
        if item_id is None:
            return
        if not isinstance(spelled, str) or spelled != item_id:
            self._found.forms.update(() if isinstance(spelled, int) else ("odd_id",))
        self._found.named.append((item_id, {**item, "id": item_id}))

    def _id(self, value: Any) -> str | None:
        return read_id(value, self._asked.ids)

    def _is_item(self, value: Item) -> bool:
        return bool(self._asked.fields) and self._asked.fields <= value.keys()


def read_id(value: Any, wanted: Sequence[str]) -> str | None:
    """Returns the id that a model wrote, also as a number, `#1` or `id 1`; None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    if not isinstance(value, str):
        return None
    odd = ODD_ID.fullmatch(value) if value not in wanted else None
    return odd[1] if odd else value


def _unwrap(value: Item) -> Any:
    """Returns what an object without ids holds below its one key, or below the one known to wrap items; no thoughts."""
    keys = list(value) if len(value) == 1 else [key for key in value if key.casefold() in WRAPPERS]
    keys = [key for key in keys if not THOUGHTS.search(key)]
    inner = value[keys[0]] if len(keys) == 1 else None
    return inner if isinstance(inner, dict | list) or _decode(inner) is not None else None


def _decode(text: Any) -> Any:
    """Returns the object or list that a string holds as JSON; None when it holds none."""
    if not isinstance(text, str) or text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return parse_json(text)
    except ValueError:
        return None
