from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.delivery.markup import TEXT_LIMIT
from app.domain.postprocess import DraftContext, Refused, finish

ANY = DraftContext("Ada", 40)
WIDE = DraftContext("Ada", 400)
PIECES = st.sampled_from(
    ["Ada:", '"', "“", "”", "«", "»", "'", "\n", " ", "\r", "\t", "\x00", "\ud800", "a.", "b", ",", "😀"]
)
MESSY = (
    st.text()
    | st.lists(PIECES, max_size=60).map("".join)
    | st.builds(str.__mul__, st.text(max_size=9), st.integers(0, 3000))
)


def units(text):
    """UTF-16 code units, as Telegram counts them."""
    return len(text.encode("utf-16-le")) // 2


@given(text=MESSY, max_words=st.integers(5, 400))
@example(text="\x00", max_words=5)
@example(text="\ud83d", max_words=5)
@example(text="😀" * 4096, max_words=400)
@example(text='"' + "a" * 4094 + '"' + "b" * 100, max_words=400)
@example(text='“"hi"”', max_words=40)
@example(text="Ada: Ada: hi", max_words=40)
@example(text="x" * 4095 + " y", max_words=400)
def test_any_draft_is_refused_or_becomes_a_message_that_telegram_takes(text, max_words):
    draft = DraftContext("Ada", max_words)
    finished = finish(text, draft)
    if isinstance(finished, Refused):
        assert finished.reason
        return
    assert 0 < units(finished) <= TEXT_LIMIT
    assert len(finished.split()) <= max_words + max_words // 2
    assert "\x00" not in finished
    assert finished == finished.strip()
    assert finish(finished, draft) == finished


@given(text=st.text(st.characters(categories=["L", "N", "So"]), min_size=1, max_size=100))
def test_letters_digits_and_emoji_of_every_script_survive(text):
    word = f"x{text}x"
    finished = finish(word, WIDE)
    assert finished == word or (isinstance(finished, Refused) and finished.reason.startswith("unsafe_"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two   spaces\tand a tab ", "two spaces and a tab"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a \r\n \r\n \r\nb", "a\n\nb"),
        ("Ada: hello", "hello"),
        ("ADA: hello", "hello"),
        ("Adam: hello", "Adam: hello"),
        ('"hello"', "hello"),
        ("“hello”", "hello"),
        ("«hello»", "hello"),
        ('Ada: "hello"', "hello"),
        ('"Ada: hello"', "hello"),
        ('"Yes" and "no"', '"Yes" and "no"'),
        ('she said "yes"', 'she said "yes"'),
        ("NUL\x00byte", "NULbyte"),
        ("\ud83d\ude00 joined", "😀 joined"),
        ("lone \ud83d half", "lone \ufffd half"),
    ],
)
def test_a_draft_is_tidied(text, expected):
    assert finish(text, ANY) == expected


def test_a_text_within_one_and_a_half_limits_is_left_whole():
    text = " ".join(f"w{n}" for n in range(60))
    assert finish(text, ANY) == text


def test_a_longer_text_ends_at_a_sentence_that_fits():
    text = " ".join(["first part of it here."] * 30)
    finished = finish(text, ANY)
    assert finished.endswith("here.")
    assert len(finished.split()) == 60


def test_without_a_sentence_it_ends_at_a_word_and_shows_that_it_was_cut():
    finished = finish(" ".join(f"w{n}," for n in range(100)), ANY)
    assert finished.split()[-1] == "w59…"


def test_line_breaks_do_not_smuggle_words_past_the_limit():
    assert len(finish("\n".join(f"w{n}" for n in range(1000)), ANY).split()) == 60


def test_a_cut_never_splits_a_character():
    assert finish("a" + "😀" * 3000, WIDE) == "a" + "😀" * 2047 + "…"


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u200d", '""', "Ada:", "\x00\x00"])
def test_nothing_to_say_is_refused_as_empty(text):
    assert finish(text, ANY) == Refused("empty")


@pytest.mark.parametrize("text", ["Hello there", "HELLO THERE ", '"hello there"'])
def test_what_was_said_lately_is_not_said_again(text):
    assert finish(text, DraftContext("Ada", 40, ("x", "hello there"))) == Refused("duplicate")


def test_safety_has_the_last_word_on_the_exact_text():
    assert finish("This is guaranteed.", ANY) == Refused("unsafe_promises_profit")
    assert finish("guar\x00anteed returns", ANY) == Refused("unsafe_promises_profit")
    assert finish(" ".join(["fine"] * 70 + ["guaranteed"]), ANY) == " ".join(["fine"] * 60) + "…"
