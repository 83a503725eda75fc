"""What goes through JSON comes back as it was, to the last bit."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.behaviour.tick import Plan, Silent, TickContext
from app.domain.traces.codec import CodecError, decode, encode
from tests.unit.domain.strategies import aware, contexts, plans


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Other:
    number: float


@dataclass(frozen=True, slots=True)
class Everything:
    """A field of each kind that the codec knows."""

    flag: bool
    whole: int
    real: float
    words: str
    instant: dt.datetime
    day: dt.date
    clock: dt.time
    inner: Inner
    one_of: Inner | Other | None
    either: int | str
    inners: tuple[Inner, ...]
    pair: tuple[int, str]
    colours: frozenset[Colour]
    level: Level
    literal: Literal["a", "b"]
    by_name: dict[str, float]
    by_number: Mapping[int, float]
    maybe: float | None = None
    listed: list[int] = field(default_factory=list)
    anything: Mapping[str, Any] = field(default_factory=dict)


inners = st.builds(Inner, st.text(), st.none() | aware)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
everything = st.builds(
    Everything,
    real=st.floats(allow_nan=False),
    instant=aware,
    inner=inners,
    one_of=st.none() | inners | st.builds(Other, st.floats(allow_nan=False)),
    inners=st.lists(inners, max_size=3).map(tuple),
    by_name=st.dictionaries(st.text(), st.floats(allow_nan=False), max_size=3),
    by_number=st.dictionaries(st.integers(), st.floats(allow_nan=False), max_size=3),
    maybe=st.none() | st.floats(allow_nan=False),
    anything=st.dictionaries(st.text(), plain, max_size=3),
    clock=st.times(),
)


def there_and_back(hint: Any, value: Any) -> Any:
    return decode(hint, json.loads(json.dumps(encode(hint, value), allow_nan=False)))


def valid() -> dict[str, Any]:
    """The JSON of one value."""
    at = dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.timezone(dt.timedelta(hours=3)))
    value = Everything(
        True, 1, 0.1, "x", at, at.date(), at.time(), Inner("i", at), Other(2.0), 7, (Inner("j"),), (1, "a"),
        frozenset({Colour.RED}), Level.HIGH, "a", {"k": 1.5}, {3: 0.25},
    )  # fmt: skip
    data: dict[str, Any] = encode(Everything, value)
    return data


@given(everything)
def test_any_value_comes_back_as_it_was(value):
    assert there_and_back(Everything, value) == value


@given(everything)
def test_writing_what_was_read_writes_the_same(value):
    data = encode(Everything, value)
    assert json.dumps(encode(Everything, decode(Everything, data))) == json.dumps(data)


@given(st.floats())
def test_a_number_keeps_every_bit(number):
    back = there_and_back(float, number)
    assert math.copysign(1, back) == math.copysign(1, number) or math.isnan(number)
    assert back == number or (math.isnan(back) and math.isnan(number))


def test_a_whole_number_in_the_place_of_a_real_one_stays_whole():
    assert type(there_and_back(float, 45)) is int
    assert type(there_and_back(float, 45.0)) is float


def test_an_instant_keeps_its_offset_and_its_microseconds():
    at = dt.datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30)))
    back = there_and_back(dt.datetime, at)
    assert (back, back.utcoffset(), back.microsecond) == (at, at.utcoffset(), 123456)


def test_a_member_of_a_union_keeps_its_class():
    assert there_and_back(Plan, Silent("cooldown")) == Silent("cooldown")
    assert encode(Plan, Silent("cooldown"))["$kind"] == "Silent"


def test_the_order_of_a_mapping_is_kept():
    value = {"b": 1.0, "a": 2.0}
    assert list(there_and_back(dict[str, float], value)) == ["b", "a"]
    assert list(there_and_back(dict[int, float], {2: 1.0, 1: 2.0})) == [2, 1]


def test_equal_sets_have_equal_json():
    names = [f"word {number}" for number in range(50)]
    assert encode(frozenset[str], frozenset(names)) == encode(frozenset[str], frozenset(reversed(names)))


@given(contexts)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_context_of_a_tick_comes_back_as_it_was(context):
    assert there_and_back(TickContext, context) == context


@given(plans)
def test_a_plan_comes_back_as_it_was(plan):
    assert there_and_back(Plan, plan) == plan


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"whole": 1.5}, "whole: must be a whole number, not 1.5"),
        ({"whole": True}, "whole: must be a whole number, not True"),
        ({"flag": 1}, "flag: must be true or false, not 1"),
        ({"real": "much"}, "real: must be a number, not 'much'"),
        ({"instant": "2026-01-01T00:00:00"}, "instant: must be a datetime"),
        ({"instant": 5}, "instant: must be a datetime"),
        ({"inner": {"name": "x"}}, "inner: Inner is without at"),
        ({"inner": {"name": "x", "at": None, "size": 1}}, "inner: Inner does not know size"),
        ({"inners": [{"name": "x", "at": None}, {"name": 1, "at": None}]}, "inners[1].name: must be text, not 1"),
        ({"inners": {}}, "inners: must be a list, not {}"),
        ({"pair": [1]}, "pair: must have 2 items, not 1"),
        ({"level": "MIDDLE"}, "level: is no Level: 'MIDDLE'"),
        ({"literal": "c"}, "literal: must be one of 'a', 'b'"),
        ({"one_of": {"$kind": "Popen"}}, "one_of: is no Inner or Other: 'Popen'"),
        ({"one_of": {"$kind": []}}, "one_of: is no Inner or Other: []"),
        ({"one_of": {"$kind": {}}}, "one_of: is no Inner or Other: {}"),
        ({"one_of": 5}, "one_of: must be Inner or Other, not 5"),
        ({"either": 1.5}, "either: must be text, not 1.5"),
        ({"by_name": {"k": "v"}}, "by_name.k: must be a number"),
        ({"by_number": [["3", 1.0]]}, "by_number[0][0]: must be a whole number"),
        ({"extra": 1}, "Everything does not know extra"),
    ],
)
def test_data_that_does_not_fit_is_refused_with_its_place(changes, wanted):
    with pytest.raises(CodecError) as refused:
        decode(Everything, valid() | changes)
    assert str(refused.value).startswith(wanted)


@pytest.mark.parametrize(
    ("hint", "value", "wanted"),
    [
        (
            dt.datetime,
            dt.datetime(2026, 1, 1),  # noqa: DTZ001
            "must be an instant with a time zone",
        ),
        (Any, (1, 2), "must be plain JSON"),
        (Any, {1: 2}, "must be plain JSON"),
        (dict[str, float], {1: 2.0}, "must be a str"),
        (set[int], {1}, "have no exact JSON"),
        (bytes, b"", "have no exact JSON"),
        (Inner, Other(1.0), "must be a Inner"),
    ],
)
def test_a_value_without_exact_json_is_refused(hint, value, wanted):
    with pytest.raises(CodecError, match=wanted):
        encode(hint, value)
