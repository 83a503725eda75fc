"""Bodies of the API's requests: JSON, read into what services take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from flask import request

from app.domain.errors import InvalidInput
from app.domain.fleet.persona import EmotionView, LengthProfile
from app.domain.json_text import BIGGEST, TooDeep, check_json, parse_json
from app.domain.text import check_text
from app.services.fleet import (
    HoldingData,
    NewBot,
    NewChat,
    PersonaData,
    StanceData,
)

TEXTS = ("tone", "style", "language", "timezone")
FEELINGS = ("energy", "empathy")
HABITS = ("anecdotes", "phrases", "emoji")
LISTS = ("active", "prime", "topics", "watchlist", "never_do", "examples")


def read_body(allowed: frozenset[str]) -> dict[str, Any]:
    """Returns the JSON object of the request. Raises InvalidInput naming `body`, or a field that is not allowed."""
    body = _parse_body()
    if not isinstance(body, dict):
        raise InvalidInput("body", "must be a JSON object, sent with Content-Type: application/json")
    for name, value in body.items():
        check_text("body", name)
        if name not in allowed:
            raise InvalidInput(name, f"is not known here; use {', '.join(sorted(allowed))}")
        check_json(name, value)
    return body


def _parse_body() -> Any:
    """Returns the parsed body; None when it is not sent as JSON or is none. Raises InvalidInput when it is too deep."""
    if not request.is_json:
        return None
    try:
        return parse_json(request.get_data())
    except TooDeep as error:
        raise InvalidInput("body", f"{error}; no field needs more than five") from None
    except ValueError:
        return None


def read_new_bot(body: Mapping[str, Any]) -> NewBot:
    """Parses a bot to add. Raises InvalidInput naming the field."""
    return NewBot(
        token=_text(body, "token"),
        persona=read_persona(_object(body, "persona")),
        stances=tuple(_stance(item) for item in _objects(body, "stances")),
        holdings=tuple(_holding(item) for item in _objects(body, "holdings")),
        daily_budget_usd=_budget(body),
    )


def read_persona(body: Mapping[str, Any]) -> PersonaData:
    """Parses a persona; missing fields take their defaults. Raises InvalidInput naming the field."""
    for name in body:
        if name not in PersonaData.__dataclass_fields__:
            raise InvalidInput(str(name), "is not a field of a persona")
    values: dict[str, Any] = {"tone": ""}
    values |= {name: _text(body, name) for name in TEXTS if name in body}
    values |= {name: _texts(body, name) for name in LISTS if name in body}
    if "words_per_minute" in body:
        values["words_per_minute"] = _integer(body, "words_per_minute")
    if "emotion" in body:
        values["emotion"] = _emotion(_object(body, "emotion"))
    if "length" in body:
        values["length"] = _length(_object(body, "length"))
    return PersonaData(**values)


def read_new_chat(body: Mapping[str, Any]) -> NewChat:
    """Parses a chat to add. Raises InvalidInput naming the field."""
    raw_id = body.get("telegram_chat_id", "")
    return NewChat(
        telegram_chat_id=raw_id if isinstance(raw_id, int | str) and not isinstance(raw_id, bool) else "",
        title=_text(body, "title"),
        language=_text(body, "language") or "en",
        topics=_texts(body, "topics"),
        bot_ids=read_ids(body, "bot_ids"),
        enabled=_switch(body, "enabled", default=False),
        shares_requests=_switch(body, "shares_requests", default=True),
        daily_budget_usd=_budget(body),
        timezone=_text(body, "timezone") or "UTC",
        quiet=_texts(body, "quiet"),
    )


def read_ids(body: Mapping[str, Any], name: str) -> tuple[int, ...]:
    """Returns the ids of rows in a list of the body, by default none. Raises InvalidInput naming the field.

    A truth value is no id, although Python takes it for a number.
    """
    value = body.get(name, [])
    if not isinstance(value, list) or not all(type(item) is int and 0 < item <= BIGGEST for item in value):
        raise InvalidInput(name, "must be a list of ids")
    return tuple(value)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InvalidInput(name, "must be text")
    return value


def _integer(body: Mapping[str, Any], name: str) -> int:
    value = body[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(name, "must be a whole number")
    return value


def _texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(name, "must be a list of texts")
    return tuple(value)


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise InvalidInput(name, "must be an object")
    return value


def _objects(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidInput(name, "must be a list of objects")
    return value


def _number(body: Mapping[str, Any], name: str, field: str) -> Decimal:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidInput(field, f"{name} must be a number")
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise InvalidInput(field, f"{name} must be a number") from None
    if not number.is_finite():
        raise InvalidInput(field, f"{name} must be a number")
    return number


def _switch(body: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput(name, "must be true or false")
    return value


def _budget(body: Mapping[str, Any]) -> Decimal | None:
    name = "daily_budget_usd"
    return None if body.get(name) is None else _number(body, name, name)


def _emotion(body: Mapping[str, Any]) -> EmotionView:
    _know(body, "emotion", EmotionView)
    values: dict[str, Any] = {name: float(_number(body, name, name)) for name in FEELINGS if name in body}
    values |= {name: _texts(body, name) for name in HABITS if name in body}
    return EmotionView(**values)


def _length(body: Mapping[str, Any]) -> LengthProfile:
    _know(body, "length", LengthProfile)
    weights = {name: float(_number(body, name, "length")) for name in body}
    return LengthProfile(**{"short": 0.0, "medium": 0.0, "long": 0.0, **weights})


def _know(body: Mapping[str, Any], name: str, kind: type[EmotionView | LengthProfile]) -> None:
    known = [spec.name for spec in fields(kind)]
    for key in body:
        if key not in known:
            raise InvalidInput(name, f"has no {key}; use {', '.join(known)}")


def _stance(item: Mapping[str, Any]) -> StanceData:
    confidence = _number({"confidence": 0.5, **item}, "confidence", "stances")
    cooldown = _integer({"cooldown_s": 3600, **item}, "cooldown_s")
    return StanceData(_text(item, "topic"), _text(item, "position"), confidence, cooldown)


def _holding(item: Mapping[str, Any]) -> HoldingData:
    price = _number(item, "average_price", "holdings") if item.get("average_price") is not None else None
    return HoldingData(_text(item, "symbol"), _number(item, "quantity", "holdings"), price)
