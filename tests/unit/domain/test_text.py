"""What cannot be stored is mended for people and refused, in words, for operators; JSON has a bottom."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.json_text import MOST_DEPTH, TooDeep, check_json, is_too_deep, parse_json, storable_json
from app.domain.text import check_setting, check_text, is_storable, storable

ANY = st.text(st.characters(exclude_categories=()), max_size=30)
JSON = st.recursive(
    st.one_of(ANY, st.floats(), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ANY, inner, max_size=3)),
    max_leaves=10,
)


@given(text=ANY)
def test_a_mended_text_can_be_stored_and_a_fit_one_is_left_alone(text: str) -> None:
    mended = storable(text)
    mended.encode()
    assert is_storable(mended)
    assert storable(mended) == mended
    assert mended == text or not is_storable(text)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a\x00b", "ab"),
        ("a\ud800", "a\ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ("\ufeffa", "\ufeffa"),
    ],
    ids=ascii,
)
def test_halves_become_a_mark_two_halves_their_character_and_nul_goes(text: str, mended: str) -> None:
    assert storable(text) == mended


@given(value=JSON)
def test_any_mended_json_can_be_stored(value: object) -> None:
    written = json.dumps(storable_json(value), allow_nan=False, ensure_ascii=False)
    written.encode()
    assert is_storable(written)
    assert "\\u0000" not in written.replace("\\\\", "")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("a\x00", "holds a NUL"),
        (["fit", "\ud800"], "at [1]:"),
        ({"energy": float("nan")}, "at .energy:"),
        ({"a": [{"b": float("-inf")}]}, "at .a[0].b:"),
        (2**63, "must be"),
        ({"\x00": 1}, "has a key"),
    ],
    ids=ascii,
)
def test_an_operator_is_told_which_field_cannot_be_stored(value: object, place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_json("tone", value)
    assert refused.value.field == "tone"
    assert refused.value.message.startswith(place)
    assert is_storable(str(refused.value))


def test_a_refusal_says_what_and_where_and_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"reason: holds a NUL character at position 3, .* type the text anew"):
        check_text("reason", "ab\x00c")
    with pytest.raises(ValueError, match=r"half of a character .* at position 1, .* write it in UTF-8"):
        check_setting("\udcff")
    assert (check_text("reason", "ab"), check_setting(7)) == ("ab", 7)


@pytest.mark.parametrize("levels", [MOST_DEPTH + 1, 500, 100_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_brackets_have_a_bottom(levels: int, pair: str) -> None:
    opening = "[" if pair == "[]" else '{"a":'
    with pytest.raises(TooDeep, match="deeper than 100 levels"):
        parse_json(opening * levels + "1" + pair[1] * levels)


def test_what_is_wide_or_just_deep_enough_is_read() -> None:
    deepest = parse_json("[" * MOST_DEPTH + "]" * MOST_DEPTH)
    assert not is_too_deep(deepest)
    assert parse_json("[" + "[]," * 10_000 + "1]")[-1] == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[1,]", b"9" * 5000, "\ufeff{}"], ids=ascii)
def test_what_is_no_json_is_a_value_error(raw: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(raw)
