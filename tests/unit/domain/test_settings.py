from __future__ import annotations

from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.domain.settings import GROUPS, SPECS, FleetSettings, parse_setting, settings_from

NUMBERS = [spec for spec in fields(FleetSettings) if "low" in spec.metadata]
ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())


@pytest.mark.parametrize("spec", fields(FleetSettings), ids=lambda spec: spec.name)
def test_every_setting_has_help_and_a_default_that_fits_its_own_range(spec):
    assert spec.metadata["help"].endswith(".")
    assert parse_setting(spec.name, spec.default) == spec.default


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda spec: spec.name)
def test_both_ends_of_a_range_fit_and_nothing_beyond_them(spec):
    low, high = spec.metadata["low"], spec.metadata["high"]
    assert parse_setting(spec.name, str(low)) == low
    assert parse_setting(spec.name, high) == high
    for beyond in (low - 1, high + 1, str(high + 1), float("inf"), float("-inf"), float("nan"), 10**400, "1e999"):
        with pytest.raises(InvalidInput, match=f"{low:g} to {high:g}"):
            parse_setting(spec.name, beyond)


@given(name=st.sampled_from([spec.name for spec in fields(FleetSettings)]), raw=ANYTHING)
def test_whatever_is_sent_fits_or_is_refused_by_name(name, raw):
    try:
        value = parse_setting(name, raw)
    except InvalidInput as error:
        assert error.field == name  # noqa: PT017 - both outcomes are right
    else:
        assert getattr(settings_from({name: value}), name) == value


@pytest.mark.parametrize(
    ("raw", "expected"), [("on", True), ("TRUE ", True), (1, True), ("off", False), (False, False), ("no", False)]
)
def test_a_switch_is_on_or_off(raw, expected):
    assert parse_setting("fleet_paused", raw) is expected


@pytest.mark.parametrize("raw", ["", "maybe", None, 2, [], "onn"])
def test_a_switch_that_is_neither_is_refused(raw):
    with pytest.raises(InvalidInput, match="on or off"):
        parse_setting("fleet_paused", raw)


@pytest.mark.parametrize("raw", ["", "ten", None, "1,5", [], {}, "0x10"])
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(InvalidInput, match="must be a number from 5 to 400 words"):
        parse_setting("max_words", raw)


def test_a_setting_that_does_not_exist_is_refused_by_name():
    with pytest.raises(InvalidInput, match="no such setting") as refusal:
        parse_setting("made_up", 1)
    assert refusal.value.field == "made_up"


def test_stored_values_that_no_longer_fit_leave_the_default():
    settings = settings_from({"cooldown_s": -1, "max_words": "ten", "made_up": 5, "chat_gap_s": 3})
    assert asdict(settings) == {**asdict(FleetSettings()), "chat_gap_s": 3.0}


def test_every_setting_stands_in_one_section_and_no_section_is_built_on_another():
    sections = FleetSettings.__bases__
    assert all(section.__bases__ == (object,) for section in sections)
    names = [spec.name for section in sections for spec in fields(section)]
    assert sorted(names) == sorted(spec.name for spec in fields(FleetSettings))
    assert len(set(names)) == len(names)


def test_the_sections_and_their_settings_come_in_the_order_of_the_page():
    of_sections = [{spec.metadata["group"] for spec in fields(section)} for section in FleetSettings.__bases__]
    assert of_sections == [{group} for group in GROUPS]
    assert list(SPECS) == [spec.name for section in FleetSettings.__bases__ for spec in fields(section)]


def test_settings_hold_nothing_but_their_fields():
    assert not hasattr(FleetSettings(), "__dict__"), "every bot in every chat may have settings of its own"
