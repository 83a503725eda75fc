"""Coders by type hint."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from app.domain.traces.codec import shapes
from app.domain.traces.codec.plain import PLAIN, CodecError, Coder, checked


def encode(hint: Any, value: Any) -> Any:
    """Encodes a value of type `hint` for `json.dumps`. Raises CodecError."""
    return coder_of(hint).encode(value)


def decode(hint: Any, data: Any) -> Any:
    """Decodes `data`, a result of `json.loads`. Raises CodecError, naming the field."""
    return coder_of(hint).decode(data)


@cache
def coder_of(hint: Any) -> Coder:
    """Returns the coder of a type hint, cached. Raises CodecError for a hint whose values have no exact JSON."""
    origin, args = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is Literal:
        return checked(lambda value: value in args, f"one of {', '.join(map(repr, args))}")
    if origin is not None:
        return _collection(origin, args)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return shapes.member(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return shapes.record(hint, {spec.name: coder_of(hints[spec.name]) for spec in fields(hint)})
    raise CodecError(f"values of type {hint} have no exact JSON")


def _collection(origin: Any, args: tuple[Any, ...]) -> Coder:
    if origin is tuple:
        variable = len(args) == 2 and args[1] is Ellipsis
        return shapes.listed(tuple, coder_of(args[0])) if variable else shapes.fixed([coder_of(arg) for arg in args])
    if origin is list:
        return shapes.listed(list, coder_of(args[0]))
    if origin is frozenset:
        return shapes.frozen_set(coder_of(args[0]))
    if origin in (dict, Mapping):
        return shapes.texts_to(coder_of(args[1])) if args[0] is str else shapes.pairs(*map(coder_of, args))
    raise CodecError(f"values of type {origin} have no exact JSON")


def _union(args: tuple[Any, ...]) -> Coder:
    """Returns the coder of a union: dataclasses are tagged with their name, plain values are not."""
    if type(None) in args:
        return shapes.optional(_union(tuple(arg for arg in args if arg is not type(None))))
    if len(args) == 1:
        return coder_of(args[0])
    records = {arg.__name__: coder_of(arg) for arg in args if isinstance(arg, type) and is_dataclass(arg)}
    others = [coder_of(arg) for arg in args if not is_dataclass(arg)]
    plain = shapes.first_of(others) if others else checked(lambda value: False, " or ".join(records))
    return shapes.tagged(records, plain)
