from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.reading import Vocabulary, analyse

CHAT = Vocabulary(("en", "tr"), ("interest rates", "altın"), ("GARAN", "NOW"))


def test_a_message_tells_its_language_mood_question_symbols_topics_and_handles():
    found = analyse("@Ada_bot I love this interest rate cut, what do you think about $AAPL and garan?", CHAT)
    assert (found.language, found.is_question, found.asks_opinion) == ("en", True, True)
    assert found.sentiment == pytest.approx(0.6, abs=0.3)
    assert (found.symbols, found.topics, found.handles) == (("AAPL", "GARAN"), ("interest rates",), ("ada_bot",))


def test_a_turkish_question_without_a_question_mark_asks_for_an_opinion_and_its_mood_is_not_known():
    found = analyse("altın alınır mı sizce", CHAT)
    assert (found.language, found.sentiment, found.is_question, found.asks_opinion) == ("tr", None, True, True)
    assert found.topics == ("altın",)


def test_small_talk_tells_nothing():
    found = analyse("ok", CHAT)
    assert (found.language, found.sentiment, found.is_question, found.asks_opinion) == (None, None, False, False)
    assert (found.symbols, found.topics, found.handles) == ((), (), ())


@given(text=st.text())
def test_any_text_is_read_and_the_same_text_tells_the_same(text):
    assert analyse(text, CHAT) == analyse(text, CHAT)
