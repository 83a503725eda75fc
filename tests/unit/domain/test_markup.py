"""HTML parse mode as Telegram reads it: every character survives, none becomes markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery.emoji import ALLOWED, check_reaction
from app.domain.delivery.markup import to_html, utf16_length
from sandbox.telegram.markup import parse_html
from sandbox.telegram.reactions import ALLOWED_REACTIONS

PIECES = st.sampled_from(["<b>", "</b>", "&amp;", "&", "<", ">", '"', "&#39;", "😀", "ü", "<a href='x'>", "&lt;", " "])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_arrives_as_it_was_and_without_an_entity(text):
    assert parse_html(to_html(text)) == (text, [])


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("ü", 1), ("😀", 2), ("a😀b", 4)])
def test_length_is_counted_as_telegram_counts(text, units):
    assert utf16_length(text) == units


def test_the_reactions_are_those_that_the_sandbox_takes():
    assert ALLOWED == ALLOWED_REACTIONS


@pytest.mark.parametrize("emoji", ["👍", "❤", "❤\ufe0f", "🤷‍♂\ufe0f"])
def test_an_emoji_of_the_list_may_be_used_with_and_without_its_selector(emoji):
    assert check_reaction(emoji) is None


@pytest.mark.parametrize("emoji", [None, "", "🦜", "ok", "👍👍"])
def test_what_telegram_takes_no_reaction_is_refused_before_it_is_asked(emoji):
    assert check_reaction(emoji) == "reaction_not_allowed"
