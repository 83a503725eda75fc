from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import LLMMalformed
from app.domain.prompting.reading.strict import ItemStream
from app.domain.prompting.reading.tolerant import read_answer
from tests.unit.domain.prompting.written_answers import (
    MENDED,
    PROSE,
    REASONING,
    SCHEMA,
    SECRET,
    STRICT,
    UNOPENED,
    WRAPS,
    answers_of,
    any_texts,
    plain_texts,
)

KEYS = ["items", "id", "text", "1", "2", "x"]
FORMS = STRICT | MENDED
EVERY_WRAP = WRAPS | PROSE | REASONING | UNOPENED
IN_STREAMS = ["strict", "indented", "list"]
STREAMED = {name: wrap for name, wrap in EVERY_WRAP.items() if name not in {*PROSE, "bare_channels"}}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def read(text, wanted, truncated=False):
    """The texts by id; none when the answer is malformed."""
    with suppress(LLMMalformed):
        return {one: item.get("text") for one, item in read_answer(text, wanted, SCHEMA, truncated).items.items()}
    return {}


def assert_true(found, texts):
    """Fails unless every text is whole and its own. Space at the ends of mended ones may be lost."""
    assert SECRET not in str(found)
    assert {one: text.strip() for one, text in found.items()}.items() <= {
        one: text.strip() for one, text in texts.items()
    }.items()


@pytest.mark.parametrize("wrap", EVERY_WRAP)
@pytest.mark.parametrize("form", STRICT)
def test_every_form_is_read_in_every_wrap(form, wrap):
    texts = {"1": 'a "b" {c} it\'s', "2": "[d], e\n", "3": "ğ 😀"}
    wrapped = EVERY_WRAP[wrap](STRICT[form](texts))
    if form == "double_encoded" and wrap in PROSE:
        assert read(wrapped, list(texts)) == {}
    else:
        assert read(wrapped, list(texts)) == texts


@given(
    texts=answers_of(any_texts), form=st.sampled_from(sorted(STRICT)), wrap=st.sampled_from(sorted(WRAPS | REASONING))
)
def test_whatever_a_text_holds_it_is_read(texts, form, wrap):
    assert read((WRAPS | REASONING)[wrap](STRICT[form](texts)), list(texts)) == texts


@given(texts=answers_of(plain_texts), form=st.sampled_from(sorted(MENDED)), wrap=st.sampled_from(sorted(EVERY_WRAP)))
def test_broken_json_of_plain_texts_is_mended(texts, form, wrap):
    found = read(EVERY_WRAP[wrap](MENDED[form](texts)), list(texts))
    assert_true(found, texts)
    assert found.keys() == texts.keys()


@given(
    texts=answers_of(any_texts, most=3),
    form=st.sampled_from(sorted(FORMS)),
    wrap=st.sampled_from(sorted(EVERY_WRAP)),
    cuts=st.lists(st.integers(0, 2000), min_size=8, max_size=8),
)
def test_wherever_an_answer_is_cut_only_whole_texts_come_out(texts, form, wrap, cuts):
    whole = EVERY_WRAP[wrap](FORMS[form](texts))
    for end in (cut % (len(whole) + 1) for cut in cuts):
        assert_true(read(whole[:end], list(texts), truncated=True), texts)
        if wrap not in UNOPENED:
            assert_true(read(whole[:end], list(texts)), texts)


@given(
    texts=answers_of(any_texts, most=3),
    form=st.sampled_from(sorted(FORMS)),
    wrap=st.sampled_from(sorted(EVERY_WRAP)),
    changes=st.lists(st.tuples(st.integers(0), st.sampled_from(["", *"\"{}[],:\\'", "\n"]), st.booleans()), max_size=3),
)
def test_whatever_marks_are_lost_or_added_no_text_is_cut_or_anothers(texts, form, wrap, changes):
    text = FORMS[form](texts)
    for place, mark, instead in changes:
        marks = [at for at, character in enumerate(text) if character in "\"{}[],:\\'"]
        at = marks[place % len(marks)]
        text = text[:at] + mark + text[at + instead :]
    items = read(EVERY_WRAP[wrap](text), list(texts)).items()
    for one, found in ((one, found) for one, found in items if isinstance(found, str)):
        assert f"a{one}b" in found, text
        assert f"y{one}z" in found, text
        assert not any(f"a{other}b" in found or f"y{other}z" in found for other in texts if other != one), text
        assert SECRET not in found


@given(
    texts=answers_of(any_texts),
    form=st.sampled_from(IN_STREAMS),
    wrap=st.sampled_from(sorted(STREAMED)),
    step=st.integers(1, 9),
)
def test_a_stream_tells_the_same_items_as_soon_as_they_are_there(texts, form, wrap, step):
    whole = STREAMED[wrap](STRICT[form](texts))
    stream, told = ItemStream(list(texts)), {}
    for end in [*range(0, len(whole), step), len(whole)]:
        new = stream.feed(whole[:end])
        assert not told.keys() & new.keys()
        told |= new
        assert SECRET not in str(told)
    assert told == read_answer(whole, list(texts), SCHEMA).items


@given(texts=answers_of(any_texts), form=st.sampled_from(sorted(FORMS)), wrap=st.sampled_from(sorted(EVERY_WRAP)))
def test_what_a_stream_tells_of_any_answer_is_what_the_reader_finds(texts, form, wrap):
    whole = EVERY_WRAP[wrap](FORMS[form](texts))
    stream, told = ItemStream(list(texts)), {}
    for end in [*range(0, len(whole), 5), len(whole)]:
        told |= stream.feed(whole[:end])
    found = read(whole, list(texts))
    assert {one: item["text"] for one, item in told.items()}.items() <= found.items()


def test_a_stream_tells_an_item_behind_reasoning_with_its_closing_brace():
    answer = STRICT["strict"]({"1": "a", "2": "b"})
    whole = REASONING["think"](answer)
    stream = ItemStream(["1", "2"])
    came = {end: list(found) for end in range(len(whole) + 1) if (found := stream.feed(whole[:end]))}
    first = whole.rindex(answer) + answer.index("}") + 1
    assert came == {first: ["1"], len(whole) - 2: ["2"]}


@given(text=st.text(alphabet='{}[]",:\\ \n\'1e-.tu<think>/|“”#"id""text"'), cut=st.booleans())
def test_any_text_is_read_or_malformed(text, cut):
    assert read(text, ["1", "2"], cut).keys() <= {"1", "2"}


@given(value=JSON)
def test_any_json_is_read_or_malformed(value):
    found = read(json.dumps(value), ["1", "2"])
    assert found.keys() <= {"1", "2"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[{"id":"1","text":"a"},{"id":"1","text":"b"},{"id":"2","text":"c"}]', {"2": "c"}),
        ('[{"id":"1","text":"a"},{"id":"1","text":"a"}]', {"1": "a"}),
        ('[{"id":"1","text":"a"}] no: [{"id":"1","text":"b"},{"id":"2","text":"c"}]', {"2": "c"}),
        ('[{"id":"1","text":"a"},{"id":"9","text":"b"}]', {"1": "a"}),
        ('[{"id":"1","text":"a"},{"text":"b"}]', {"1": "a"}),
        ('[{"id":"0","text":"a"},{"id":"1","text":"b"}]', {}),
        ('{"items":[{"id":"0","text":"a"},{"id":"1","text":"b"}]}', {}),
        ('{"0":"a","1":"b"}', {}),
        ('[{"id":"0","text":"x"},{"id":"1","text":"a"},{"id":"2","text":"b"}]', {"1": "a", "2": "b"}),
        ('{"1":{"id":"2","text":"a"},"2":{"text":"b"}}', {"2": "b"}),
        ('{"1":{"id":"1","text":"a"},"2":5,"note":"b"}', {"1": "a"}),
        ('[{"text":"a"},{"text":"b"}]', {"1": "a", "2": "b"}),
        ('```\n["a","b"]\n```', {"1": "a", "2": "b"}),
        ('{"items":["a","b"]}', {"1": "a", "2": "b"}),
        ('[{"text":"a"},{"text":"b"},]', {}),
        ('[{"text":"a"},{"text":"b"}', {}),
        ('[{"text":"a"}]', {}),
        ('[{"text":"a"},{"text":"b"},{"text":"c"}]', {}),
        ('Here: ["a","b"]', {}),
        ('["a","b"]["c","d"]', {}),
        ('[{"text":"a"},{"x":"b"}]', {}),
        ('{"text":"a"}', {}),
        ('{"text":"a"}\n{"text":"b"}', {}),
        ('{"items":[{"id":"1","task":"say it"},{"id":"2"}]} {"items":[{"id":"1","text":"a"}]}', {"1": "a"}),
        ('{"id":"3","items":[{"id":"1","text":"a"},],}', {"1": "a"}),
        ('{"id":"1","text":"a","more":{"id":"2","text":"b"},}', {"1": "a"}),
        ('{"id":"1","more":{"id":"2","text":"b"},"te', {}),
        ('{"id":"1","text":"a","text":"b",}', {}),
        ('[{"id":true,"text":"a"},{"id":1.0,"text":"b"},{"id":null,"text":"c"}]', {"1": "b"}),
        ('[{"id":"id 1","text":"a"},{"id":"item_2","text":"b"}]', {"1": "a", "2": "b"}),
        ('[{"id":"-1","text":"a"},{"id":"1 or 2","text":"b"},{"id":"01","text":"c"}]', {}),
    ],
)  # fmt: skip
def test_on_doubt_an_item_is_left_out(text, found):
    assert read(text, ["1", "2"]) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"text":"a"}', {"7": "a"}),
        ('Sure: {"text":"a",}', {"7": "a"}),
        ('{"result":{"text":"a"}}', {"7": "a"}),
        ('{"items":[{"text":"a"}]}', {"7": "a"}),
        ('["a"]', {"7": "a"}),
        ('Sure: ["a"]', {}),
        ('{"id":"9","text":"a"}', {}),
        ('{"text":"a"} or {"text":"b"}', {}),
        ('{"text":"a', {}),
        ('{"response":"a"}', {}),
        ('{"reasoning":{"text":"a"}}', {}),
        ('{"thoughts":[{"id":"7","text":"a"}],"answer":[{"id":"7","text":"b"}]}', {"7": "b"}),
        ("a", {}),
    ],
)
def test_one_object_alone_is_the_one_item_that_was_asked_for(text, found):
    assert read(text, ["7"]) == found


def test_what_a_limit_of_tokens_cut_off_behind_prose_is_no_answer():
    text = 'Okay, let me think. {"items":[{"id":"1","text":"a draft"}]} Or'
    assert read(text, ["1"], truncated=True) == {}
    assert read(f"<think>x</think>{text[20:]}", ["1"], truncated=True) == {"1": "a draft"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<think>I may say hi</think>hello", "hello"),
        ("<think>I may say hi</think>", None),
        ("I may say hi</think>hello", None),
        ("hello <think>what now", None),
        ("hello <think>a</think> there", None),
        ("<|channel|>analysis<|message|>x<|channel|>final<|message|>hello", "hello"),
        ("a < b, and [I] think > so", "a < b, and [I] think > so"),
    ],
)  # fmt: skip
def test_reasoning_inside_of_a_text_is_not_said(text, told):
    answer = json.dumps({"items": [{"id": "1", "text": text}]})
    found = {} if told is None else {"1": told}
    assert read(answer, ["1"]) == read(f"```{answer}```", ["1"]) == found
    assert {one: item["text"] for one, item in ItemStream(["1"]).feed(answer).items()} == found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (STRICT["strict"]({"1": "a"}), ()),
        (REASONING["think"](STRICT["strict"]({"1": "a"})), ("think_block",)),
        (REASONING["gpt_oss"](STRICT["strict"]({"1": "a"})), ("channel_marks",)),
        (UNOPENED["bare_channels"](STRICT["list"]({"1": "a"})), ("channel_marks", "list")),
        (PROSE["prose_and_fence"](STRICT["keyed"]({"1": "a"})), ("fence", "keyed", "prose")),
        (STRICT["json_lines"]({"1": "a", "2": "b"}), ("run_on", "single")),
        (STRICT["tool_call"]({"1": "a"}), ("double_encoded", "wrapped")),
        (MENDED["trailing_commas"]({"1": "a"}), ("mended",)),
        ('{"items":[{"id":"1","text":"a"},{"id"', ("cut",)),
        ('["a"]', ("unnamed",)),
        ('[{"id":"#1","text":"a"}]', ("list", "odd_id")),
    ],
)  # fmt: skip
def test_each_repair_is_named(text, kinds):
    assert read_answer(text, ["1"] if "2" not in text else ["1", "2"], SCHEMA).repairs == kinds


def test_fields_of_other_families_are_required_too():
    schema = {"properties": {"items": {"items": {"properties": {"id": {}, "mood": {"type": "string"}, "n": {}}}}}}
    text = '[{"id":"1","mood":"calm","n":[{"id":"2","mood":"x","n":1}]},{"id":"2","mood":"calm"},{"3":"calm"}]'
    assert read_answer(text, ["1", "2", "3"], schema).items.keys() == {"1"}


@pytest.mark.parametrize("wrap", ["nothing", "prose_and_fence", "thinking_and_fence", "gpt_oss"])
@pytest.mark.parametrize("form", sorted(FORMS))
def test_at_every_cut_only_whole_texts_come_out(form, wrap):
    texts = {"1": 'a "b" {c}', "2": "it's '[d]'\n", "3": "e"}
    whole = EVERY_WRAP[wrap](FORMS[form](texts))
    for end in range(0, len(whole) + 1):
        assert_true(read(whole[:end], list(texts)), texts)
