from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.language import find_language

BOTH = ("en", "tr")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I think the fed will cut", "en"),
        ("what do you think about gold", "en"),
        ("GOOD MORNING EVERYONE", "en"),
        ("faiz kararı geldi, borsa düştü", "tr"),
        ("bist bugun cok guzel", "tr"),
        ("THYAO alinir mi simdi", "tr"),
        ("https://example.org/the/same/thing bugün faiz arttı", "tr"),
    ],
)
def test_the_languages_of_a_chat_are_told_apart(text, language):
    assert find_language(text, BOTH) == language


@pytest.mark.parametrize("text", ["", "hi", "ok :)", "12345 678", "$TSLA @ada_bot", "https://example.org/hello/world"])
def test_a_text_without_words_enough_tells_no_language(text):
    assert find_language(text, BOTH) is None


def test_a_text_in_two_languages_is_in_neither():
    assert find_language("dolar yükseliyor bro this is crazy lol market", BOTH) is None


@pytest.mark.parametrize("languages", [BOTH, ("en",)])
def test_a_language_that_the_chat_does_not_speak_is_not_mistaken_for_its_own(languages):
    assert find_language("Guten Morgen zusammen, wie geht es euch", languages) is None


def test_any_language_may_be_found_where_none_are_given_or_none_is_known():
    for languages in ((), ("xx",)):
        assert find_language("Guten Morgen zusammen, wie geht es euch", languages) == "de"


def test_regions_are_no_languages_of_their_own():
    assert find_language("I think the fed will cut", ("en-GB", "tr-TR")) == "en"


@given(text=st.text())
def test_any_text_has_a_language_of_the_chat_or_none(text):
    assert find_language(text, BOTH) in {None, *BOTH}
