"""The forms in which models wrap their JSON: other forms, the same words."""

import json
import re
from typing import Any

import pytest

from sandbox.llm.fault_kinds import SHAPES, FaultKind
from sandbox.llm.shapes import shape

ENTRIES: list[dict[str, Any]] = [{"id": "1", "text": "Güzel [soru]!"}, {"id": "2", "text": 'He said "no", again.'}]


def test_a_bare_list_is_the_items() -> None:
    assert json.loads(shape(ENTRIES, {"bare_list"}, "id")) == ENTRIES


def test_a_single_item_may_come_alone_and_several_may_not() -> None:
    assert json.loads(shape(ENTRIES[:1], {"single_object"}, "id")) == ENTRIES[0]
    assert json.loads(shape(ENTRIES, {"single_object"}, "id")) == {"items": ENTRIES}


def test_items_may_be_keyed_by_their_ids() -> None:
    assert json.loads(shape(ENTRIES, {"keyed_items"}, "id")) == {entry["id"]: entry["text"] for entry in ENTRIES}


def test_trailing_commas_stand_before_closing_brackets_only() -> None:
    text = shape(ENTRIES, {"trailing_commas"}, "id")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert json.loads(re.sub(r",([}\]])", r"\1", text)) == {"items": ENTRIES}


@pytest.mark.parametrize("kind", ["fence", "prose", "think_block", "channel_marks"])
def test_wrapped_json_is_whole_inside(kind: FaultKind) -> None:
    text = shape(ENTRIES, {kind}, "id")
    whole = json.dumps({"items": ENTRIES}, ensure_ascii=False)
    assert whole in text
    assert text != whole


def test_forms_nest_in_a_fixed_order() -> None:
    text = shape(ENTRIES, set(SHAPES) - {"single_object", "keyed_items"}, "id")
    assert text.startswith("<|channel|>analysis")
    assert re.search(r"<think>.*</think>\s+Sure!.*```json\n\[", text, re.DOTALL)
