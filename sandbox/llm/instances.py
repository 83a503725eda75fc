"""Generates a value that satisfies a JSON schema."""

import math
import random
from typing import Any

DEEPEST = 24
WORDS = ("calm", "river", "window", "small", "answer", "north", "paper", "signal", "garden", "open")


def make_instance(schema: object, rng: random.Random) -> Any:
    """Returns an instance of `schema`: objects with all their properties, the least number of list entries (one when
    nothing is specified), enumerated values where there are some. Follows `$ref` inside the document; beyond 24 levels,
    as in a recursive schema, it returns the smallest value it can.
    """
    document = schema if isinstance(schema, dict) else {}
    return _make(document, document, rng, 0)


def resolve(schema: object, document: dict[str, Any]) -> dict[str, Any]:
    """Returns `schema` itself, or the target of its `$ref` in `document`."""
    for _ in range(DEEPEST):
        if not isinstance(schema, dict):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = _follow(reference, document)
    return {}


def _follow(reference: str, document: dict[str, Any]) -> object:
    found: object = document
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _make(raw: object, document: dict[str, Any], rng: random.Random, depth: int) -> Any:
    schema = resolve(raw, document)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return rng.choice(schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if isinstance(schema.get(choice), list) and schema[choice]:
            return _make(schema[choice][-1 if depth > DEEPEST else 0], document, rng, depth + 1)
    if isinstance(schema.get("allOf"), list):
        return _make(_merge(schema, document), document, rng, depth + 1)
    return _make_typed(_type_of(schema, depth), schema, document, rng, depth)


def _merge(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        resolved = resolve(part, document)
        properties = {**merged.get("properties", {}), **resolved.get("properties", {})}
        merged |= resolved
        if properties:
            merged["properties"] = properties
    return merged


def _type_of(schema: dict[str, Any], depth: int) -> str:
    kinds = schema.get("type")
    if isinstance(kinds, list) and kinds:
        return "null" if depth > DEEPEST and "null" in kinds else str(kinds[0])
    if isinstance(kinds, str):
        return kinds
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _make_typed(kind: str, schema: dict[str, Any], document: dict[str, Any], rng: random.Random, depth: int) -> Any:
    if kind == "object":
        names = schema.get("properties") or {}
        wanted = schema.get("required", []) if depth > DEEPEST else names
        return {name: _make(names[name], document, rng, depth + 1) for name in wanted if name in names}
    if kind == "array":
        count = int(schema.get("minItems", 0 if depth > DEEPEST else 1))
        return [_make(schema.get("items", {}), document, rng, depth + 1) for _ in range(count)]
    if kind in {"integer", "number"}:
        return _make_number(kind, schema)
    if kind == "boolean":
        return rng.random() < 0.5
    return None if kind == "null" else _make_text(schema, rng)


def _make_number(kind: str, schema: dict[str, Any]) -> Any:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = min(0, high - 1) if high is not None else 0
    if kind == "integer":
        return math.floor(low) + 1 if "exclusiveMinimum" in schema else math.ceil(low)
    if high is None:
        return low + 1 if "exclusiveMinimum" in schema else low
    return (low + high) / 2


def _make_text(schema: dict[str, Any], rng: random.Random) -> str:
    text = " ".join(rng.choice(WORDS) for _ in range(3))
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    while len(text) < shortest:
        text = f"{text} {rng.choice(WORDS)}"
    return text[: int(longest)] if longest is not None else text
