from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.temperament import FEWEST_WORDS, choose_words, mood_of, tempo_of
from app.domain.fleet.hours import parse_windows
from app.domain.fleet.persona import EmotionView, LengthProfile
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import NOW, context, profile

PARTS = st.floats(0, 1)


def tempo(sentiment=None, **persona):
    scene = context(bot=profile(**persona))
    return tempo_of(scene, scene.settings, NOW, sentiment)


def words(length, **settings):
    bot, given = profile(length=length), FleetSettings(**settings)
    return Counter(choose_words(bot, given, random.Random(seed)) for seed in range(600))


@pytest.mark.parametrize(("energy", "expected"), [(0.0, 0.7), (0.5, 1.0), (1.0, 1.3)])
def test_a_lively_bot_is_quicker_than_a_calm_one(energy, expected):
    assert tempo(emotion=EmotionView(energy=energy)) == pytest.approx(expected)


def test_prime_hours_boost_the_tempo():
    assert tempo(prime=parse_windows("prime", ["11-13"])) == 1.5
    assert tempo(prime=parse_windows("prime", ["13-14"])) == 1.0


def test_what_others_feel_moves_an_empathic_bot_and_leaves_a_cool_one():
    warm, cool = EmotionView(empathy=1.0), EmotionView(empathy=0.0)
    assert mood_of(warm, -1.0) < mood_of(warm) < mood_of(warm, 1.0)
    assert mood_of(cool, -1.0) == mood_of(cool) == mood_of(cool, 1.0) == 0.5
    assert tempo(0.8, emotion=warm) > tempo(emotion=warm)


@given(energy=PARTS, empathy=PARTS, sentiment=st.none() | st.floats(-1, 1))
def test_a_mood_stays_between_0_and_1_and_tempo_above_0(energy, empathy, sentiment):
    emotion = EmotionView(energy, empathy)
    assert 0 <= mood_of(emotion, sentiment) <= 1
    assert tempo(sentiment, emotion=emotion) > 0


def test_messages_are_as_long_as_the_profile_weighs_them():
    counts = words(LengthProfile(1, 2, 1))
    assert set(counts) == {14, 26, 40}
    assert counts[26] > 1.5 * counts[14] > 0
    assert set(words(LengthProfile(0, 0, 3))) == {40}


def test_the_shortest_message_still_has_room_for_a_sentence():
    assert set(words(LengthProfile(1, 0, 0), max_words=5)) == {FEWEST_WORDS}


@given(seed=st.integers())
def test_the_same_seed_writes_as_long(seed):
    length = [choose_words(profile(), FleetSettings(), random.Random(seed)) for _ in range(2)]
    assert length[0] == length[1]
