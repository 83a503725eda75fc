from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.feeds.headlines import BLANK, SHOWN, TITLE_LIMIT, News, clean_title, wait_after

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def at(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Rates   rise\n\tagain ", "Rates rise again"),
        ("<b>Rates</b> rise<br/>again", "Rates rise again"),
        ("Rates &amp; &lt;i&gt;bonds&lt;/i&gt; rise", "Rates & bonds rise"),
        ("<script>alert(1)</script>Rates", "alert(1) Rates"),
        ("<<b>script>x", "< script>x"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("Ra\u200bt\u00ade\u2060s\ufeff ri\u202ese", "Rates rise"),
        ("Rates\U000e0041\U000e0042 rise\ufe0f\u3164", "Rates rise"),
        ("Rates\x00\x1b[31m rise\x07", "Rates[31m rise"),
        ("Faizler yükseldi: İstanbul’da şok 📈", "Faizler yükseldi: İstanbul’da şok 📈"),
        ("ارتفاع الفائدة", "ارتفاع الفائدة"),
        (" \u200b<p></p> ", ""),
        ("", ""),
    ],
)
def test_a_title_is_one_line_of_words(raw, expected):
    assert clean_title(raw) == expected


def test_a_long_title_is_cut_at_200_characters():
    assert clean_title("word " * 100) == ("word " * 40)[:199].rstrip() + "…"
    assert clean_title("x" * 200) == "x" * 200
    assert len(clean_title("x" * 5_000_000)) == TITLE_LIMIT


@given(st.text(max_size=600))
def test_whatever_comes_nothing_hidden_is_left_and_cleaning_twice_changes_nothing_hidden(raw):
    title = clean_title(raw)
    assert len(title) <= TITLE_LIMIT
    assert not BLANK.search(title)
    assert all(unicodedata.category(char)[0] != "C" for char in title)
    assert title == " ".join(title.split())


def test_a_chat_hears_its_own_feeds_and_those_for_all_the_newest_first_and_none_twice():
    news = News([(at(1), "all old"), (at(9), "shared")], {7: [(at(5), "own"), (at(8), "shared")]})
    assert news.of(7) == ("shared", "own", "all old")
    assert news.of(8) == ("shared", "all old")


def test_a_chat_has_at_most_ten_headlines():
    news = News([(at(number), f"headline {number}") for number in range(30)])
    assert news.of(1) == tuple(f"headline {number}" for number in range(29, 29 - SHOWN, -1))


def test_without_feeds_there_is_no_news():
    assert News().of(7) == ()


def test_each_failure_doubles_the_wait_up_to_a_day():
    assert [wait_after(900, failures) for failures in (0, 1, 2, 3)] == [900, 1800, 3600, 7200]
    assert wait_after(900, 40) == 57_600
    assert wait_after(3600, 40) == 86_400


def test_a_wait_that_the_server_asks_for_is_kept_to_up_to_a_day():
    assert wait_after(900, 1, 5000) == 5000
    assert wait_after(900, 1, 3) == 1800
    assert wait_after(900, 1, 10**9) == 86_400
