from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.safety import check_safety

REFUSED = {
    "promises_profit": [
        "guaranteed returns",
        "This is risk-free",
        "risk free money",
        "you can't lose",
        "you can’t lose",
        "double your money",
        "a sure win",
        "garantili getiri",
        "GARANTİLİ GETİRİ",
        "kesin kazanç",
        "KESİN KAZANÇ",
        "Risksiz",
        "RİSKSİZ",
        "parayı ikiye katlar",
    ],
    "personal_data": [
        "write to grace@example.com",
        "grace.hopper+x@mail.example.co.uk",
        "call +90 532 123 45 67",
        "call 0532-123-4567",
        "(212) 555-0199 12",
        "card 4111111111111111",
        "card 4111 1111 1111 1111",
        "card 4111-1111-1111-1111",
        "TR33 0006 1005 1978 6457 8413 26",
        "GB82WEST12345698765432",
        "my iban is DE89 3704 0044 0532 0130 00, thanks",
    ],
    "link": ["see https://example.com", "HTTP://EXAMPLE.COM", "www.example.com", "t.me/some_channel"],
    "calls_everyone": ["@all wake up", "hey @everyone", "@here", "@channel!", "@herkes gelsin"],
    "claims_to_be_human": [
        "I am a real person",
        "i'm human",
        "I’m human",
        "I’m not a bot",
        "I am not a bot!",
        "ben insanım",
        "BEN BİR İNSANIM",
        "ben gerçek insanım",
    ],
}
HARMLESS = [
    "rates went up 25 basis points",
    "US10 rate went down, will they care",
    "EU50 will beat them this time",
    "at 2026-11-22 12:00 it was 3.75",
    "22.11.2026 12:00",
    "it trades at 0.00001234567",
    "market cap $1000000000",
    "12,345,678,901 shares",
    "between 2020 and 2026",
    "@alliance is not @allofus",
    "humanity wins",
    "I am not a robot vacuum",
    "a person told me",
    "as a bot I have no opinion",
    "grantee and guaranty are words",
    "insan gibi",
    "at.me/ is no link, nor is t.mean",
    "user@localhost",
    "2 + 2 = 4",
    "😀👍🏽",
    "",
]
CASES = [(reason, text) for reason, texts in REFUSED.items() for text in texts]
HIDDEN = ["\u200b", "\u200d", "\u00ad", "\u2060", "\u2066", "\u202e", "\ufeff", "\u034f", "\U000e0041", "\ufe0f"]


def widen(text):
    """The text in full-width letters, as ｔｈｉｓ."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize(("reason", "text"), CASES)
def test_each_refusal_names_its_reason(reason, text):
    assert check_safety(text) == reason


@pytest.mark.parametrize(("reason", "text"), CASES)
def test_full_width_letters_hide_nothing(reason, text):
    assert check_safety(widen(text)) == reason


@pytest.mark.parametrize(("reason", "text"), CASES)
@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
def test_characters_that_nobody_sees_hide_nothing(reason, text, hidden):
    assert check_safety(hidden.join(text)) == reason


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_look_alikes_pass(text):
    assert check_safety(text) is None


@given(before=st.text(), after=st.text(), case=st.sampled_from(["personal_data", "link", "calls_everyone"]))
def test_a_refused_phrase_is_refused_wherever_it_stands(before, after, case):
    phrase = {"personal_data": "grace@example.com", "link": "https://example.com", "calls_everyone": "@everyone"}[case]
    assert check_safety(f"{before} {phrase} {after}") is not None


@given(text=st.text())
def test_any_text_is_judged(text):
    assert check_safety(text) is None or isinstance(check_safety(text), str)
