"""Hypothesis strategies for what strangers send: texts, numbers, JSON, and documents with a part replaced by these."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

DEEP, HUGE = "@deep {} @", "@huge@"
"""Marks for what `json.dumps` cannot write: brackets without end, a number of thousands of digits."""

ODD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\x00b",
        "\ud800",
        "\udc00x",
        "x\ud83d",
        "\ud83d\ude00",
        "\ufeff",
        "\u202eabc",
        "\r\nX: y",
        "\x1b[2J",
    ),
    *("nan", "NaN", "inf", "-1", "1e999", "1e1000000", "-1e-1000000", "0x10", "٣", "²", "9" * 19, "9" * 30, "9" * 5000),
    *(
        "../..",
        "%00",
        "%ff",
        "<b>&amp;",
        "'; --",
        "%",
        "_",
        "\\",
        "İPEK",
        "null",
        "[]",
        "{}",
        "2026-02-30",
        "25:61-99:00",
    ),
    *("@" + "a" * 40, "http://[::1", "//host/", "x" * 20_000, "\n" * 300, "a,b\n" * 600),
)
ODD_NUMBERS = (
    *(0, -1, 1, 2**31, 2**63 - 1, -(2**63), 2**63, 2**64, 10**30, 10**400, 0.1, -0.0, 1e308, 1e-320),
    *(float("nan"), float("inf"), float("-inf")),
)
any_character = st.characters(exclude_categories=())
texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(any_character, max_size=30))
numbers = st.one_of(st.sampled_from(ODD_NUMBERS), st.integers(), st.floats())
deep = st.sampled_from((99, 101, 450, 20_000)).map(DEEP.format)
scalars = st.one_of(texts, numbers, st.none(), st.booleans(), deep, st.just(HUGE))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts.filter(lambda key: len(key) < 99), inner, max_size=4)
    ),
    max_leaves=8,
)


def write_json(value: Any, *, ascii_only: bool = True) -> bytes:
    """The document as bytes, its marks replaced by what they stand for."""
    text = json.dumps(value, ensure_ascii=ascii_only).replace(f'"{HUGE}"', "9" * 5000)
    for levels in (99, 101, 450, 20_000):
        text = text.replace(f'"{DEEP.format(levels)}"', "[" * levels + "]" * levels)
    return text.encode("utf-8", "surrogatepass")


def plain(value: Any) -> Any:
    """The document as `json.loads` gives it where that can: 450 levels, and numbers as they are."""
    try:
        return json.loads(write_json(value))
    except (ValueError, RecursionError):
        return None


def places_in(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, its own excluded."""
    inner = (
        document.items() if isinstance(document, Mapping) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield (*path, key)
        yield from places_in(value, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn, documents: st.SearchStrategy[Any], with_values: st.SearchStrategy[Any] = values) -> Any:
    """A document with one or two of its values replaced, taken out or joined by one nobody asked for."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, 2))):
        places = list(places_in(document))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = document
        for key in way:
            holder = holder[key]
        act = draw(st.sampled_from(("replace", "replace", "replace", "remove", "add")))
        if act == "remove":
            del holder[last]
        elif act == "add" and isinstance(holder, dict):
            holder[draw(texts)] = draw(with_values)
        else:
            holder[last] = draw(with_values)
    return document


raw_json = st.one_of(
    values.map(write_json),
    values.map(lambda value: write_json(value, ascii_only=False)),
    st.binary(max_size=40),
    st.sampled_from(
        [b"[" * 20_000, b'{"a":' * 9_000, b'"' + b"\\" * 999, b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"1e999"]
    ),
)
