from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.trace import Step
from app.domain.traces.silence import MAX_BYTES, pack_silence, silent_tick, unpack_silence
from tests.unit.domain.scenes import NOW

steps = st.lists(
    st.builds(
        Step,
        st.text(max_size=20),
        st.sampled_from(["ok", "cooldown"]),
        st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    ),
    max_size=8,
)


@given(steps)
def test_a_silent_tick_comes_back_with_its_steps(trace):
    tick = silent_tick(NOW, "cooldown", trace)
    assert unpack_silence(pack_silence(tick)) == tick


def test_a_usual_tick_takes_little_room():
    passed = [Step(rule, "ok") for rule in ("fleet_runs", "bot_is_active", "has_a_chat", "is_awake", "is_free")]
    packed = pack_silence(silent_tick(NOW, "cooldown", [*passed, Step("is_rested", "cooldown", {"rested_s": 12.3})]))
    assert len(packed) < 220


@given(st.integers(100, 5000))
def test_however_long_a_tick_is_its_reason_is_kept_in_bounded_room(size):
    packed = pack_silence(silent_tick(NOW, "cooldown", [Step("rule", "cooldown", {"n" * size: 1.0})]))
    assert len(packed) <= MAX_BYTES
    assert unpack_silence(packed).reason == "cooldown"


@given(st.text() | st.recursive(st.integers() | st.text() | st.none(), st.lists, max_leaves=8).map(json.dumps))
def test_what_is_no_silent_tick_is_none(text):
    assert unpack_silence(text) is None
