"""A tick that was decided can be decided again from its record alone."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.behaviour.decide import decide
from app.domain.behaviour.tick import Decision, Silent
from app.domain.behaviour.trace import Step
from app.domain.traces.codec import CodecError
from app.domain.traces.tick_record import (
    TickRecord,
    decide_by_seed,
    is_same,
    pack,
    read_record,
    replay,
    show_record,
    unpack,
)
from tests.unit.domain.scenes import NOW, chat, context, mention, message

ENGINE = "1+abc"


def scene():
    chats = tuple(chat(c, *(message(c * 100 + n, f"what of {n}?", n) for n in range(8))) for c in (10, 11))
    return context(chats=chats, mentions=(mention(5),))


def record_of(seed, given_context=None):
    given_context = given_context or scene()
    return TickRecord(ENGINE, seed, NOW, given_context, decide_by_seed(given_context, NOW, seed))


@given(seed=st.integers(0, 2**63 - 1), probability=st.floats(0, 1))
@settings(max_examples=60)
def test_a_packed_record_decides_the_same_again(seed, probability):
    given_context = context(
        chats=tuple(chat(c, *(message(c * 100 + n, "rates?", n) for n in range(5))) for c in (10, 11)),
        settings={"speak_probability": probability},
    )
    record = record_of(seed, given_context)
    kept = read_record(unpack(pack(record)), ENGINE)
    assert kept == record
    assert is_same(replay(kept), record.decision)


def test_the_seed_is_where_the_ticks_randomness_begins():
    assert decide_by_seed(scene(), NOW, 7) == decide(scene(), NOW, random.Random(7))


def test_two_decisions_are_the_same_only_bit_for_bit():
    one = Decision(Silent("x"), (Step("rule", "x", {"n": 0.0}),))
    other = Decision(Silent("x"), (Step("rule", "x", {"n": -0.0}),))
    assert one == other
    assert not is_same(one, other)
    assert is_same(one, replace(one))


def test_a_record_is_plain_json_and_small():
    record = record_of(1)
    assert json.loads(json.dumps(show_record(record), allow_nan=False)) == show_record(record)
    assert len(pack(record)) < 4000


def test_a_record_of_another_engine_with_other_fields_names_both():
    document = show_record(record_of(1))
    document["context"]["mood"] = "glad"
    with pytest.raises(CodecError, match=r"Engine 1\+abc wrote .* this is 2\+def, .* does not know mood"):
        read_record(document, "2+def")
    with pytest.raises(CodecError, match="context: TickContext does not know mood"):
        read_record(document, ENGINE)


@pytest.mark.parametrize("document", [{}, {"format": "other"}, {"format": None}])
def test_what_is_no_record_is_refused(document):
    with pytest.raises(CodecError, match="no record of a tick"):
        read_record(document, ENGINE)


def test_a_damaged_record_is_refused():
    with pytest.raises(CodecError, match="damaged"):
        unpack(b"not zlib")
    with pytest.raises(CodecError, match="damaged"):
        unpack(pack(record_of(1))[:50])
