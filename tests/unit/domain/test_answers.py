from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.answers import read_answer
from app.domain.errors import LLMMalformed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["items", "id", "text", "x"]), inner),
    max_leaves=12,
)


def answer(*items):
    return json.dumps({"items": list(items)})


def item(item_id, text="hello"):
    return {"id": item_id, "text": text}


def test_every_wanted_id_gets_its_own_text_in_whatever_order():
    assert read_answer(answer(item("2", "b"), item("1", "a")), {"1", "2"}) == {"1": "a", "2": "b"}


def test_a_number_as_id_is_the_id():
    assert read_answer(answer(item(7)), {"7"}) == {"7": "hello"}


@pytest.mark.parametrize(
    "items",
    [
        [item("9")],
        [item("1"), item("1", "other")],
        [item("1"), item(1, "other")],
        [item("1", "")],
        [item("1", " \n")],
        [item("1", None)],
        [item("1", 5)],
        [{"id": "1"}],
        [{"text": "hello"}],
        ["1", 2, None, []],
        [],
    ],
    ids=str,
)
def test_an_id_that_is_missing_doubled_extra_or_empty_is_left_out(items):
    assert read_answer(answer(*items, item("2", "fine")), {"1", "2"}) == {"2": "fine"}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "5", "null", '"items"', "{}", '{"items": null}', '{"items": 5}', '{"items": [', "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_an_answer_that_is_not_the_object_asked_for_is_malformed(text):
    with pytest.raises(LLMMalformed):
        read_answer(text, {"1"})


@given(body=JSON)
def test_any_json_is_read_or_malformed_and_only_wanted_ids_come_out(body):
    try:
        found = read_answer(json.dumps(body), {"1", "x"})
    except LLMMalformed:
        return
    assert found.keys() <= {"1", "x"}
    assert all(text.strip() for text in found.values())


@pytest.mark.parametrize(
    ("spelled", "text"),
    [("a\\u0000b", "ab"), ("\\ud83d\\ude00", "😀"), ("x\\ud800", "x\ufffd"), ("\\udc00\\ud800x", "\ufffd\ufffdx")],
)
def test_what_postgres_cannot_store_does_not_come_out(spelled, text):
    assert read_answer(f'{{"items": [{{"id": "1", "text": "{spelled}"}}]}}', {"1"}) == {"1": text}


@given(text=st.text())
def test_any_text_is_read_or_malformed(text):
    with suppress(LLMMalformed):
        assert read_answer(text, {"1"}).keys() <= {"1"}
