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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GARAN rises", ("GARAN",)),
        ("garan rises", ()),
        ("AAPL'ın fiyatı", ("AAPL",)),
        ("btcusdt pumps", ("BTCUSDT",)),
        ("BTC/USDT or eth-btc", ("BTCUSDT", "ETHBTC")),
        ("AKBNK.IS looks fine", ("AKBNK.IS",)),
        ("WHAT.IS this", ()),
        ("NOTE:THIS is", ()),
        ("NYSE:NOW and $ALL", ("ALL", "NYSE:NOW")),
        ("https://example.org/AAPL/TSLA @AAPL #AAPL", ()),
        ("THE FED WILL CUT AND AAPL", ()),
        ("usb-c", ()),
    ],
)
def test_without_a_watchlist_the_table_tells_what_is_a_symbol(text, expected):
    assert find_symbols(text) == expected


@pytest.mark.parametrize("word", ["ALL", "IT", "NOW", "CAN", "ON", "OPEN", "AL", "VAR", "ADA", "MAVI"])
def test_an_ordinary_word_is_a_symbol_only_with_a_sign_or_where_it_is_watched_among_words_of_the_market(word):
    assert find_symbols(f"I see {word} of it, {word.lower()} too") == ()
    assert find_symbols(f"I see {word} of it, {word.lower()} too", [word]) == ()
    assert find_symbols(f"{word} shares rise") == ()
    assert find_symbols(f"{word} shares rise", [word]) == (word,)
    assert find_symbols(f"{word.lower()} shares rise", [word]) == ()
    assert find_symbols(f"BUY {word} THE SHARES", [word]) == ()
    assert find_symbols(f"${word.lower()}") == (word,)
    assert find_symbols(f"NYSE:{word}") == (f"NYSE:{word}",)


def test_what_is_watched_at_an_exchange_is_known_by_its_own_name_too():
    assert find_symbols("akbnk ve BIST:THYAO", ("BIST:AKBNK",)) == ("BIST:THYAO", "BIST:AKBNK")


@given(text=st.text(), watched=st.lists(st.text(max_size=5), max_size=3))
def test_any_text_is_read_and_symbols_are_never_doubled(text, watched):
    found = find_symbols(text, watched)
    assert len(found) == len(set(found))
