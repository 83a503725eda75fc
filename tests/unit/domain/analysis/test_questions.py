from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.questions import asks_opinion, is_question


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
        "isn't it too late",
        "hey anyone tried this",
        "what’s next",
        "bist düşer mi sizce",
        "bu ne kadar",
        "Garanti alınır mı bugün",
        "bilen var mı",
    ],
)
def test_questions_of_english_and_turkish_are_heard(text):
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rates went up.",
        "I know what you mean",
        "Island life",
        "candle",
        "kimse gelmedi",
        "mısır yedim",
        "",
        "what a day",
        "have a nice day",
        "ne güzel bir gün",
        "see https://example.org/?q=1 for it",
        "done deal",
    ],
)
def test_statements_are_not_questions(text):
    assert not is_question(text)


@given(text=st.text())
def test_any_text_with_a_question_mark_is_a_question(text):
    assert is_question(text + "?")
    is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "What do you think about gold?",
        "thoughts?",
        "any thoughts on AAPL",
        "should I sell",
        "do you guys think it will rise",
        "is it worth holding",
        "which one is better",
        "Do you agree",
        "wdyt",
        "sizce altın düşer mi",
        "bu konuda fikriniz nedir",
        "AKBNK alınır mı",
        "ne düşünüyorsunuz",
        "yorumunuz var mı",
        "mantıklı mı",
    ],
)
def test_who_asks_what_others_think_is_heard_in_english_and_turkish(text):
    assert asks_opinion(text)


@pytest.mark.parametrize(
    "text",
    [
        "I think it rises",
        "what time is it?",
        "thoughts and prayers",
        "it took a while",
        "a stock which is rising",
        "I should go",
        "ne zaman açılıyor",
        "fikrim yok",
        "altın bugün düştü",
        "",
    ],
)
def test_other_questions_and_statements_ask_for_no_opinion(text):
    assert not asks_opinion(text)
