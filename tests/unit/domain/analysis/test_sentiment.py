from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.sentiment import find_sentiment


def test_english_words_tell_good_from_bad():
    assert (find_sentiment("I love this, great news", "en") or 0) > 0.5
    assert (find_sentiment("terrible, I hate this crash", "en") or 0) < -0.5
    assert find_sentiment("rates went up today", "en") == 0


@pytest.mark.parametrize("language", ["tr", "de", None])
def test_where_no_lexicon_fits_nobody_pretends_to_know(language):
    assert find_sentiment("great, love it", language) is None


@given(text=st.text())
def test_any_text_has_a_mood_within_its_range(text):
    assert abs(find_sentiment(text, "en")) <= 1
