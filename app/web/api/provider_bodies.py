"""Bodies of the API's requests about providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.money import Price
from app.domain.providers.entry import MOST_DOLLARS, ProviderEntry
from app.services.providers.editing import NewKey, Stored

TEXTS = ("name", "model", "sdk", "answer_format", "reasoning")
NUMBERS = ("requests_per_minute", "tokens_per_minute", "requests_per_day", "tokens_per_day", "max_in_flight")
SWITCHES = ("economy", "enabled")
FIELDS = frozenset({*TEXTS, *NUMBERS, *SWITCHES, "url", "purposes", "price", "key"})
PRICE_FIELDS = ("prompt", "cached", "answer")


def read_entry(body: Mapping[str, Any], old: ProviderEntry) -> ProviderEntry:
    """Returns `old` with what the body holds. Raises InvalidInput naming the field that has a wrong type."""
    return replace(old, **{name: READERS[name](name, value) for name, value in body.items() if name in READERS})


def read_key(body: Mapping[str, Any]) -> NewKey:
    """Returns the key; Stored.KEY when the body has none, None for null. Raises InvalidInput."""
    if "key" not in body:
        return Stored.KEY
    return _text_or_none("key", body["key"])


def read_number(name: str, value: Any) -> int:
    """Returns a whole number. Raises InvalidInput naming the field."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(name, "must be a whole number")
    return value


def read_text(name: str, value: Any) -> str:
    """Returns a text without blanks around it. Raises InvalidInput naming the field."""
    if not isinstance(value, str):
        raise InvalidInput(name, "must be a text")
    return value.strip()


def _text_or_none(name: str, value: Any) -> str | None:
    if value is None:
        return None
    return read_text(name, value) or None


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(name, "must be true or false")
    return value


def _purposes(name: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(name, "must be a list of texts")
    return frozenset(value)


def _price(name: str, value: Any) -> Price | None:
    """Returns the price; without `cached` there is no discount, and null lets the price list count."""
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() - set(PRICE_FIELDS) or not {"prompt", "answer"} <= value.keys():
        raise InvalidInput(name, 'must be null, or such as {"prompt": 0.15, "cached": 0.075, "answer": 0.6}')
    dollars: list[Any] = [value.get(field, value["prompt"]) for field in PRICE_FIELDS]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in dollars):
        raise InvalidInput(name, f"must hold numbers: US dollars a million tokens, 0 to {MOST_DOLLARS:g}")
    return Price(*map(float, dollars))


READERS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(TEXTS, read_text),
    **dict.fromkeys(NUMBERS, read_number),
    **dict.fromkeys(SWITCHES, _switch),
    "url": _text_or_none,
    "purposes": _purposes,
    "price": _price,
}
