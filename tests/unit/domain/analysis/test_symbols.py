from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.symbols import find_symbols


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$TSLA and $aapl.", ("TSLA", "AAPL")),
        ("it cost $100", ()),
        ("US$TSLA, $$TSLA", ()),
        ("BIST:GARAN rises", ("BIST:GARAN",)),
        ("note: this", ()),
        ("$TSLA $tsla", ("TSLA",)),
        ("garan looks fine", ("GARAN",)),
        ("I like GARAN.", ("GARAN",)),
        ("GARAN: why", ("GARAN",)),
        ("GARANTI is another word", ()),
        ("$ABCDEFGHI is too long", ()),
    ],
)
def test_symbols_are_found_once_each_in_capitals(text, expected):
    assert find_symbols(text, ("GARAN",)) == expected


def test_a_watched_symbol_with_a_dot_or_a_hyphen_is_one_word():
    assert find_symbols("brk.b and btc-usd!", ("BRK.B", "BTC-USD", "BTC")) == ("BRK.B", "BTC-USD")


def test_without_a_watchlist_plain_words_are_no_symbols():
    assert find_symbols("GARAN rises") == ()


@given(text=st.text(), watched=st.lists(st.text(max_size=5), max_size=3))
def test_any_text_is_read_and_symbols_are_never_doubled(text, watched):
    found = find_symbols(text, watched)
    assert len(found) == len(set(found))
