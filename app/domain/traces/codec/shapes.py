"""Coders of composite values: collections, unions, dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from app.domain.traces.codec.plain import Code, CodecError, Coder, require

KIND = "$kind"
"""The key that names the dataclass of a union."""


def _each(code: Code, values: Iterable[Any]) -> list[Any]:
    done: list[Any] = []
    try:
        for value in values:
            done.append(code(value))  # noqa: PERF401 - the error names the place of the failed one
    except CodecError as error:
        raise error.under(f"[{len(done)}]") from None
    return done


def listed(build: Callable[[Any], Any], item: Coder) -> Coder:
    """Returns the coder of any number of items as an array."""
    return Coder(
        lambda values: _each(item.encode, require(build, values)),
        lambda data: build(_each(item.decode, require(list, data))),
    )


def fixed(items: Sequence[Coder]) -> Coder:
    """Returns the coder of a tuple with a type for each item."""

    def each(values: Any, codes: Iterable[Code]) -> list[Any]:
        if len(values) != len(items):
            raise CodecError(f"must have {len(items)} items, not {len(values)}")
        following = iter(codes)
        return _each(lambda value: next(following)(value), values)  # noqa: PLW0108 - another code for each value

    return Coder(
        lambda values: each(require(tuple, values), [item.encode for item in items]),
        lambda data: tuple(each(require(list, data), [item.decode for item in items])),
    )


def frozen_set(item: Coder) -> Coder:
    """Returns the coder of a set in a fixed order, so that equal sets have equal JSON in every process."""
    whole = listed(frozenset, item)
    return Coder(lambda values: sorted(whole.encode(values), key=repr), whole.decode)


def pairs(key: Coder, item: Coder) -> Coder:
    """Returns the coder of a mapping as an array of pairs, in its own order."""
    whole = listed(tuple, fixed([key, item]))
    return Coder(lambda values: whole.encode(tuple(require(Mapping, values).items())), lambda d: dict(whole.decode(d)))


def texts_to(item: Coder) -> Coder:
    """Returns the coder of a mapping from text as an object, in its own order."""

    def each(values: Any, code: Code) -> dict[str, Any]:
        done: dict[str, Any] = {}
        for name, value in require(Mapping, values).items():
            try:
                done[require(str, name)] = code(value)
            except CodecError as error:
                raise error.under(f".{name}") from None
        return done

    return Coder(lambda values: each(values, item.encode), lambda data: each(data, item.decode))


def member(kind: type[Enum]) -> Coder:
    """Returns the coder of an enum member by its name, which is stable, while numbers may get new meanings."""

    def read(data: Any) -> Enum:
        if not isinstance(data, str) or data not in kind.__members__:
            raise CodecError(f"is no {kind.__name__}: {data!r:.60}")
        return kind[data]

    return Coder(lambda value: require(kind, value).name, read)


def record(kind: type[Any], coders: Mapping[str, Coder]) -> Coder:
    """Returns the coder of a dataclass as an object with exactly its fields."""

    def write(value: Any) -> dict[str, Any]:
        require(kind, value)
        return _fields({name: getattr(value, name) for name in coders}, [coder.encode for coder in coders.values()])

    def read(data: Any) -> Any:
        require(dict, data)
        for problem, found in (("does not know", data.keys() - coders), ("is without", coders.keys() - data)):
            if found:
                raise CodecError(f"{kind.__name__} {problem} {', '.join(sorted(found))}")
        ordered = {name: data[name] for name in coders}
        return kind(**_fields(ordered, [coder.decode for coder in coders.values()]))

    return Coder(write, read)


def _fields(values: dict[str, Any], codes: Sequence[Code]) -> dict[str, Any]:
    name = ""
    try:
        for (name, value), code in zip(values.items(), codes, strict=True):
            values[name] = code(value)
    except CodecError as error:
        raise error.under(f".{name}") from None
    return values


def tagged(records: Mapping[str, Coder], plain: Coder) -> Coder:
    """Returns the coder of one of several dataclasses, with its name, or a plain value."""

    def write(value: Any) -> Any:
        kind = type(value).__name__
        return {KIND: kind, **records[kind].encode(value)} if kind in records else plain.encode(value)

    def read(data: Any) -> Any:
        if not isinstance(data, dict) or KIND not in data:
            return plain.decode(data)
        kind = data[KIND]
        if not isinstance(kind, str) or kind not in records:
            raise CodecError(f"is no {' or '.join(records)}: {kind!r:.60}")
        return records[kind].decode({name: value for name, value in data.items() if name != KIND})

    return Coder(write, read)


def first_of(coders: Sequence[Coder]) -> Coder:
    """Returns a coder that uses the first of several that fits, and raises the last one's error when none does."""

    def attempt(codes: Sequence[Code], value: Any) -> Any:
        for code in codes[:-1]:
            try:
                return code(value)
            except CodecError:
                continue
        return codes[-1](value)

    encoders, decoders = [coder.encode for coder in coders], [coder.decode for coder in coders]
    return Coder(lambda value: attempt(encoders, value), lambda data: attempt(decoders, data))


def optional(coder: Coder) -> Coder:
    """Returns the coder of None or a value."""
    return Coder(
        lambda value: None if value is None else coder.encode(value),
        lambda data: None if data is None else coder.decode(data),
    )
