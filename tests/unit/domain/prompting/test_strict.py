from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import LLMMalformed
from app.domain.prompting import schema
from app.domain.prompting.reading.strict import ItemStream, read_items
from app.domain.prompting.schemas import items_schema, with_text_lengths, without_lengths

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["items", "id", "text", "x"]), inner),
    max_leaves=12,
)


WANTED = {"1", "2", "3", "4"}


def answer(*items):
    return json.dumps({"items": list(items)})


def item(item_id, text="hello"):
    return {"id": item_id, "text": text}


def texts(raw, wanted):
    """The text of each item by its id."""
    return {item_id: one.get("text") for item_id, one in read_items(raw, wanted).items()}


def test_the_schema_pins_as_many_items_as_were_asked_for_and_their_numbers():
    asked = schema(3)["properties"]["items"]
    assert (asked["minItems"], asked["maxItems"]) == (3, 3)
    assert asked["items"]["properties"]["id"]["enum"] == ["1", "2", "3"]
    assert asked["items"]["required"] == ["id", "text"]


def test_a_schema_is_the_same_object_for_the_same_number_of_items():
    assert schema(5) is schema(5)
    assert schema(5) != schema(6)


def test_a_provider_that_knows_no_lengths_gets_the_rest_of_the_schema():
    plain, whole = without_lengths(schema(2)), schema(2)["properties"]["items"]
    assert plain["properties"]["items"] == {"type": "array", "items": whole["items"]}
    assert plain["required"] == ["items"]
    assert (whole["minItems"], whole["maxItems"]) == (2, 2)


def test_every_wanted_id_gets_its_own_text_in_whatever_order():
    assert texts(answer(item("2", "b"), item("1", "a")), {"1", "2"}) == {"1": "a", "2": "b"}


def test_a_number_as_id_is_the_id():
    assert texts(answer(item(7)), {"7"}) == {"7": "hello"}


@pytest.mark.parametrize(
    "items",
    [
        [item("9")],
        [item("1"), item("1", "other")],
        [item("1"), item(1, "other")],
        [{"text": "hello"}],
        ["1", 2, None, []],
        [],
    ],
    ids=str,
)
def test_an_id_that_is_missing_doubled_or_extra_is_left_out(items):
    assert texts(answer(*items, item("2", "fine")), {"1", "2"}) == {"2": "fine"}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "5", "null", '"items"', "{}", '{"items": null}', '{"items": 5}', '{"items": [', "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_an_answer_that_is_not_the_object_asked_for_is_malformed(text):
    with pytest.raises(LLMMalformed):
        read_items(text, {"1"})


@given(body=JSON)
def test_any_json_is_read_or_malformed_and_only_wanted_ids_come_out(body):
    try:
        found = read_items(json.dumps(body), {"1", "x"})
    except LLMMalformed:
        return
    assert found.keys() <= {"1", "x"}
    assert all(isinstance(one, dict) for one in found.values())


@pytest.mark.parametrize(
    ("spelled", "text"),
    [("a\\u0000b", "ab"), ("\\ud83d\\ude00", "😀"), ("x\\ud800", "x\ufffd"), ("\\udc00\\ud800x", "\ufffd\ufffdx")],
)
def test_what_postgres_cannot_store_does_not_come_out(spelled, text):
    assert texts(f'{{"items": [{{"id": "1", "text": "{spelled}"}}]}}', {"1"}) == {"1": text}


@given(text=st.text())
def test_any_text_is_read_or_malformed(text):
    with suppress(LLMMalformed):
        assert read_items(text, {"1"}).keys() <= {"1"}


ITEMS = st.lists(
    st.dictionaries(st.text() | st.just("id"), JSON, max_size=4) | JSON,
    max_size=5,
)
FILLED = st.fixed_dictionaries({"id": st.sampled_from(["1", "2", "3", 4])}, optional={"text": st.text(), "x": JSON})


@given(
    before=st.dictionaries(st.text().filter(lambda key: key != "items"), JSON, max_size=2),
    items=st.lists(FILLED, max_size=4, unique_by=lambda entry: str(entry["id"])),
    others=ITEMS,
    plain=st.booleans(),
    indent=st.sampled_from([None, 1]),
    after=JSON,
    step=st.integers(1, 7),
)
def test_whatever_is_cut_off_only_whole_items_come_out(before, items, others, plain, indent, after, step):
    known = {*WANTED, "0"}
    strangers = [one for one in others if not (isinstance(one, dict) and str(one.get("id")) in known)]
    body = {**before, "items": [*strangers[:1], *items, *strangers[1:]], "after": after}
    text = json.dumps(body, ensure_ascii=plain, indent=indent)
    final = read_items(text, WANTED)
    assert set(final) == {str(entry["id"]) for entry in items}
    growing, told = ItemStream(WANTED), {}
    for end in [*range(0, len(text), step), len(text)]:
        alone = ItemStream(WANTED).feed(text[:end])
        new = growing.feed(text[:end])
        assert not told.keys() & new.keys()
        told |= new
        assert repr(told) == repr(alone)
        assert all(repr(final[item_id]) == repr(item) for item_id, item in alone.items())
    assert list(told) == [str(entry["id"]) for entry in items]


@given(text=st.text(alphabet='{}[]",:\\ \n1e-.tu"items"id'))
def test_anything_can_be_fed_and_only_what_reads_as_an_item_comes_out(text):
    growing = ItemStream(WANTED)
    for end in range(len(text) + 1):
        growing.feed(text[:end])


def test_an_item_comes_out_with_its_closing_brace_and_not_before():
    text = r'{"items": [{"id": "1", "text": "a } \" \ud83d\ude00 ]}", "x": {"y": [1]}}, {"id": "2"}]}'
    stream = ItemStream(WANTED)
    came = {end: found for end in range(len(text) + 1) if (found := stream.feed(text[:end]))}
    first = {"id": "1", "text": 'a } " 😀 ]}', "x": {"y": [1]}}
    assert came == {text.index("}}") + 2: {"1": first}, len(text) - 2: {"2": {"id": "2"}}}


def test_a_number_that_is_cut_is_not_taken_for_a_whole_one():
    stream = ItemStream(WANTED)
    assert stream.feed('{"items": [{"id": "1"}, 1') == {"1": {"id": "1"}}
    assert stream.feed('{"items": [{"id": "1"}, 1.5, {"id": "2"}]}') == {"2": {"id": "2"}}


def test_ids_that_are_doubled_or_nobody_asked_for_do_not_come_out_of_a_stream_either():
    text = answer(item("1", "a"), item("9"), item("1", "b"), item(2))
    assert ItemStream({"1", "2"}).feed(text) == {"1": item("1", "a"), "2": item("2")}


def test_items_are_read_with_everything_in_them_and_free_of_what_postgres_cannot_store():
    text = (
        r'{"items": [{"id": "1", "x\u0000": ["a\u0000", {"y": "\ud800"}], "n": 1e999}, {"id": "2"}, {"id": 2, "y": 1}]}'
    )
    assert read_items(text, WANTED) == {"1": {"id": "1", "x": ["a", {"y": "\ufffd"}], "n": None}}


@pytest.mark.parametrize("depth", [100, 100_000])
def test_nesting_without_end_stops_nothing(depth):
    stream = ItemStream(WANTED)
    assert stream.feed('{"items": [{"id": "1", "x": ' + "[" * depth + "}") == {}
    assert stream.feed('{"items": [{"id": "1", "x": ' + '{"a":' * depth + "}") == {}


def test_a_bounded_text_has_the_characters_that_its_tokens_leave_and_nothing_else_changes():
    plain = items_schema({"text": {"type": "string"}, "mood": {"type": "string", "enum": ["glad"]}}, 4)
    bounded = with_text_lengths(plain, 400)
    fields = bounded["properties"]["items"]["items"]["properties"]
    assert fields["text"] == {"type": "string", "maxLength": 300}
    assert without_lengths(bounded) == without_lengths(plain)
    assert with_text_lengths(items_schema({"n": {"type": "integer"}}, 1), 400) == items_schema(
        {"n": {"type": "integer"}}, 1
    )
