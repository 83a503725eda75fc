"""Reading takes time that grows with an answer's length, whatever is in it."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from app.domain.errors import LLMMalformed
from app.domain.prompting.reading.mending import MOST_MENDED, Mender
from app.domain.prompting.reading.strict import ItemStream
from app.domain.prompting.reading.structure import read_structure
from app.domain.prompting.reading.tolerant import read_answer
from app.domain.prompting.rules import schema

HEAVY = {
    **{"lists": "[", "objects": "{", "nested": '{"a":', "strings": '["', "words": "[a", "comments": "[/*"},
    **{"open": "<think>", "closed": "</think>", "closed_lists": '</think>["', "channels": "<|channel|>", "less": "<"},
    **{"fences": "`", "space": " ", "escapes": '["\\\\', "quotes": "'", "empty": "{}", "numbers": "[1,"},
    **{"items": '{"id":"1","text":"x"}', "broken": "{'id':'1','text':'x',},", "bare": "analysis ", "marks": "],"},
    **{"colons": "{a:", "ids": '{"id":"1",'},
}


@pytest.mark.parametrize("size", [190_000, 1_000_000])
@pytest.mark.parametrize("name", HEAVY)
def test_a_megabyte_of_anything_is_read_in_a_second(name, size):
    text = HEAVY[name] * (size // len(HEAVY[name]))
    started = time.process_time()
    with suppress(LLMMalformed):
        read_answer(text, ["1", "2"], schema(2))
    stream = ItemStream(["1", "2"])
    for end in range(0, size, size // 20):
        stream.feed(text[:end] + "}")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        '{"text":"' + "\\n" * 29_000 + '",}',
        '{"text":"' + '\\"' * 29_000 + '",}',
        '{"text":"' + "} a: // " * 7_000 + '",}',
        "[" + "1," * 29_000 + "]",
        "[" + "{}," * 19_000 + "]",
        "[" + "/*a*/" * 11_000 + "1,]",
        "[" + '{"a":"b"}' * 6_000 + "]",
    ],
    ids=lambda text: text[9:20],
)
def test_the_library_that_mends_takes_a_second_for_as_much_as_it_is_given(text):
    assert len(text) <= MOST_MENDED
    structure = read_structure(text)
    started = time.process_time()
    value = Mender(text, structure).read(structure.nodes[0])
    assert value is not None
    assert value.mended
    assert time.process_time() - started < 2


def test_more_than_that_is_not_mended():
    text = '[{"text":"' + "a" * MOST_MENDED + '"},]'
    structure = read_structure(text)
    assert Mender(text, structure).read(structure.nodes[0]) is None
