from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.topics import find_topics

TOPICS = ("interest rates", "BIST", "altın", "oil", "döviz kuru", "ekmek", "small business", "AI", "girişimler", "C++")


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("the interest rate is up", ("interest rates",)),
        ("rates of interest", ()),
        ("INTEREST RATES!", ("interest rates",)),
        ("BIST'te düşüş", ("BIST",)),
        ("bistro", ()),
        ("altının gramı", ("altın",)),
        ("ALTINDA yükseliş, ALTIN", ("altın",)),
        ("altindan korkmayin", ("altın",)),
        ("altı kişi", ()),
        ("oils and oily things", ("oil",)),
        ("boiled", ()),
        ("döviz kurlarını izliyorum", ("döviz kuru",)),
        ("doviz kuru", ("döviz kuru",)),
        ("sıcak ekmeği severim", ("ekmek",)),
        ("small businesses pay rent", ("small business",)),
        ("girişim dünyası ve girişimlerimiz", ("girişimler",)),
        ("AI's next step, said AI", ("AI",)),
        ("they said it aired", ()),
        ("oil, then altın", ("oil", "altın")),
    ],
)
def test_topics_are_found_whatever_form_their_words_take(text, topics):
    assert find_topics(text, TOPICS) == topics


def test_a_chat_without_topics_talks_about_none():
    assert find_topics("oil", ()) == ()


@given(text=st.text(), topics=st.lists(st.text(max_size=12), max_size=4))
def test_any_topic_and_any_text_may_meet(text, topics):
    assert set(find_topics(text, topics)) <= set(topics)


@given(word=st.from_regex(r"[a-zçğöşü]{4,12}", fullmatch=True))
def test_every_topic_is_found_between_spaces_with_and_without_an_ending(word):
    assert find_topics(f"well {word} then", [word]) == (word,)
    assert find_topics(f"well {word}'den", [word]) == (word,)
