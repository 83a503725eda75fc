"""Answers: the wanted form, honest counts, a cut at max_tokens, and each way to spoil them."""

import json
import random
from typing import Any

import pytest

from sandbox.llm.answers import make_answer
from sandbox.llm.chat_requests import ChatRequest, read_chat_request
from sandbox.llm.errors import ApiError
from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.instances import make_instance
from sandbox.llm.tokens import count_text
from sandbox.llm.wire import format_duration, split_text

ENTRY = {"type": "object", "properties": {"id": {"type": "string"}, "text": {"type": "string"}}}
SCHEMA = {"type": "object", "properties": {"items": {"type": "array", "items": ENTRY}}, "required": ["items"]}
SECRET = "the northern depot opens its gates at seven on the first monday of every month"


def a_body(ids: tuple[str, ...] = ("a", "b", "c"), schema: Any = SCHEMA, **fields: Any) -> dict[str, Any]:
    items = [
        {
            "id": name,
            "persona": {"name": f"Bot {name}", "topics": ["gardens"]},
            "chat": {"messages": [{"id": 1, "from": "Bo", "text": f"{SECRET} {name}"}]},
            "task": {"kind": "topic", "topic": "gardens", "max_words": 30},
        }
        for name in ids
    ]
    return {
        "model": "m",
        "messages": [
            {"role": "system", "content": "rules"},
            {"role": "user", "content": json.dumps({"items": items})},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}},
        **fields,
    }


def a_request(**fields: Any) -> ChatRequest:
    return read_chat_request(a_body(**fields))


def items_of(request: ChatRequest, fault: FaultKind | None = None) -> list[dict[str, Any]]:
    content = make_answer(request, fault, 0).content
    assert content is not None
    items: list[dict[str, Any]] = json.loads(content)["items"]
    return items


def test_every_item_is_answered_under_its_id() -> None:
    items = items_of(a_request())
    assert [item["id"] for item in items] == ["a", "b", "c"]
    assert len({item["text"] for item in items}) == 3
    assert all(set(item) == {"id", "text"} for item in items)


def test_what_else_the_schema_wants_of_an_item_is_there() -> None:
    entry = {**ENTRY, "properties": {**ENTRY["properties"], "mood": {"enum": ["calm"]}}}  # type: ignore[dict-item]
    schema = {
        "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/entry"}}},
        "$defs": {"entry": entry},
    }
    assert {item["mood"] for item in items_of(a_request(schema=schema))} == {"calm"}


def test_usage_counts_what_was_sent_and_answered() -> None:
    answer = make_answer(a_request(), None, 7)
    assert answer.usage.completion == count_text(answer.said)
    assert answer.usage.cached == 7
    assert answer.usage.prompt > make_answer(a_request(ids=("a",)), None, 0).usage.prompt


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
def test_an_answer_is_cut_at_its_bound_and_says_so(field: str) -> None:
    answer = make_answer(a_request(**{field: 10}), None, 0)
    assert (answer.finish_reason, answer.usage.completion) == ("length", 10)
    assert make_answer(a_request(**{field: 5000}), None, 0).finish_reason == "stop"


def test_a_missing_item_is_missing() -> None:
    assert len(items_of(a_request(), "missing_item")) == 2


def test_an_extra_item_was_never_asked_for() -> None:
    ids = [item["id"] for item in items_of(a_request(), "extra_item")]
    assert len(ids) == 4
    assert len(set(ids) - {"a", "b", "c"}) == 1


def test_swapped_ids_put_every_text_under_another_id() -> None:
    right, wrong = items_of(a_request()), items_of(a_request(), "swapped_ids")
    assert {item["text"] for item in right} == {item["text"] for item in wrong}
    assert all(one["text"] != other["text"] for one, other in zip(right, wrong, strict=True))


def test_an_empty_text_is_empty_in_one_item() -> None:
    assert [item["text"] for item in items_of(a_request(), "empty_text")].count("") == 1


def test_a_leak_carries_words_of_another_item() -> None:
    texts = [item["text"] for item in items_of(a_request(), "leak")]
    assert sum("northern depot opens its gates at seven" in text for text in texts) == 1
    assert not any("northern depot opens" in item["text"] for item in items_of(a_request()))


def test_malformed_json_does_not_parse() -> None:
    content = make_answer(a_request(), "malformed_json", 0).content
    assert content
    with pytest.raises(json.JSONDecodeError):
        json.loads(content)


def test_a_refusal_has_no_content() -> None:
    answer = make_answer(a_request(), "refusal", 0)
    assert answer.content is None
    assert answer.refusal
    assert answer.usage.completion == count_text(answer.refusal)


def test_without_items_a_plain_sentence_says_that_this_is_a_sandbox() -> None:
    answer = make_answer(read_chat_request({"model": "m", "messages": [{"role": "user", "content": "hi"}]}), None, 0)
    assert "sandbox" in str(answer.content).lower()


def test_json_mode_without_items_answers_an_object() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "response_format": {"type": "json_object"}}
    assert json.loads(str(make_answer(read_chat_request(body), None, 0).content))["answer"]


def test_a_schema_without_items_gets_an_instance_of_itself() -> None:
    schema = {
        "type": "object",
        "properties": {
            "verdict": {"enum": ["keep", "drop"]},
            "score": {"type": "number", "minimum": 2, "maximum": 4},
            "count": {"type": "integer", "exclusiveMinimum": 3},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}, "minItems": 2},
            "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "ok": {"type": "boolean"},
            "kind": {"const": "x"},
        },
    }
    made = make_instance(schema, random.Random(4))
    assert made["verdict"] in {"keep", "drop"}
    assert 2 <= made["score"] <= 4
    assert made["count"] == 4
    assert len(made["tags"]) == 2
    assert all(len(tag) <= 5 for tag in made["tags"])
    assert (made["note"], made["kind"], type(made["ok"])) == (None, "x", bool)


def test_a_schema_that_contains_itself_ends() -> None:
    node = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
            "list": {"type": "array", "items": {"$ref": "#/$defs/node"}},
        },
    }
    single = {**node, "properties": {k: v for k, v in node["properties"].items() if k != "list"}}  # type: ignore[attr-defined]
    made = make_instance({"$ref": "#/$defs/node", "$defs": {"node": single}}, random.Random(1))
    assert made["next"]["name"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": None}, "model"),
        ({"n": 2}, "n"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": "many"}, "max_completion_tokens"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_chat_request({**a_body(), **change})
    assert (caught.value.status, caught.value.param) == (400, param)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.12, "120ms"), (0.0001, "1ms"), (1.5, "1.5s"), (59.9999, "1m0s"), (360, "6m0s")],
)
def test_durations_read_as_in_the_provider_s_headers(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_pieces_of_a_stream_join_to_the_text_and_count_its_tokens() -> None:
    text = "günaydın, nasılsınız? 🙂 " * 7
    pieces = split_text(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert sum(tokens for _, tokens in pieces) == pytest.approx(count_text(text), abs=len(pieces))
