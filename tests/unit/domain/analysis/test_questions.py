from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.questions import is_question


@pytest.mark.parametrize(
    "text",
    [
        "Rates up?",
        "really?! wow",
        "what about gold",
        "Anyone holding TSLA",
        "@ada_bot, how are you",
        "Ada: why now",
        "kim geldi",
        "nasıl yani",
        "kaç lira",
        "altın alalım mı",
        "iyi misin.",
        "gelecek miyiz...",
    ],
)
def test_questions_of_english_and_turkish_are_heard(text):
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    ["Rates went up.", "I know what you mean", "Island life", "candle", "kimse gelmedi", "mısır yedim", ""],
)
def test_statements_are_not_questions(text):
    assert not is_question(text)


@given(text=st.text())
def test_any_text_with_a_question_mark_is_a_question(text):
    assert is_question(text + "?")
    is_question(text)
