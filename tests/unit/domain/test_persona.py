from __future__ import annotations

from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from app.domain.fleet.persona import EmotionView, LengthProfile, emotion_from, length_from

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def test_an_emotion_profile_comes_back_as_it_was_stored():
    emotion = EmotionView(0.9, 0.1, ("once",), ("well, well",), ("🎉",))
    assert emotion_from(asdict(emotion)) == emotion


def test_what_is_not_stored_has_its_default():
    assert emotion_from({}) == EmotionView()
    assert length_from({}) == LengthProfile()


@given(stored=st.dictionaries(st.sampled_from(["energy", "empathy", "anecdotes", "emoji", "joy"]), ANYTHING))
def test_whatever_was_stored_before_gives_a_profile_within_its_bounds(stored):
    emotion = emotion_from(stored)
    assert 0 <= emotion.energy <= 1
    assert 0 <= emotion.empathy <= 1
    assert all(isinstance(text, str) for text in (*emotion.anecdotes, *emotion.emoji))


def test_lengths_that_are_not_named_weigh_nothing():
    assert length_from({"short": 2}) == LengthProfile(2.0, 0.0, 0.0)
