from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.texts import MOST_CHARACTERS, Texts


def found(word, *texts, whole=False):
    return Texts(texts).find(word, whole=whole)


def test_a_word_is_found_in_every_text_that_holds_it_each_once():
    assert found("rates", "Rates up, rates down", "nothing", "the RATES", "") == [0, 2]


@pytest.mark.parametrize(
    ("word", "text", "hit"),
    [
        ("tea", "a team of steam engines", False),
        ("tea", "tea!", True),
        ("tea", "teas", False),
        ("bond", "bonds", True),
        ("bond", "vagabond", False),
        ("interest rates", "Interest rates' way", True),
        ("altın", "ALTININ fiyatı", True),
        ("İSTANBUL", "istanbul'da", True),
        ("@ada_bot", "hi @ada_bot, well", True),
        ("$TSLA", "buy$TSLA", True),
        ("🎉", "party🎉", True),
        ("", "anything", False),
        ("  ", "any thing", False),
    ],
)
def test_a_word_begins_where_a_word_begins_and_a_short_one_stands_alone(word, text, hit):
    assert found(word, text) == ([0] if hit else [])


@pytest.mark.parametrize(("text", "hit"), [("ada.", True), ("Adam", False), ("ada_2", False), ("@ada", True)])
def test_a_whole_word_ends_where_it_is_asked_for(text, hit):
    assert found("Ada", text, whole=True) == ([0] if hit else [])


def test_only_the_beginning_of_a_long_text_is_looked_at():
    assert found("gold", "x" * MOST_CHARACTERS + " gold", "gold") == [1]


def test_a_word_that_runs_over_the_end_of_a_text_is_not_in_it():
    assert found("rates fall", "rates", "fall") == []


@given(texts=st.lists(st.text()), word=st.text(), whole=st.booleans())
def test_any_texts_and_words_can_be_searched(texts, word, whole):
    places = found(word, *texts, whole=whole)
    assert places == sorted(set(places))
    assert all(0 <= place < len(texts) for place in places)


@given(before=st.lists(st.text(max_size=20), max_size=5), word=st.from_regex(r"[a-zğüşöçı]{2,8}", fullmatch=True))
def test_what_stands_alone_in_a_text_is_found_there(before, word):
    assert len(before) in found(word, *before, f"so {word} then")
