from __future__ import annotations

import pytest

from app.domain.fleet.persona import StanceView
from app.domain.postprocess import DraftContext, RecentTexts, Refused, finish
from app.domain.postprocess.requests import WISHES, ask_for_rewrite
from app.domain.safety import CHECKS, SafetyPolicy

SAID = "The details of the report decide more than its headline does, I think."
ENGLISH = DraftContext("Ada", 40, languages=frozenset({"en"}))
GOLD = StanceView("gold", "bullish, it keeps its value", 0.9)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SAID, "duplicate"),
        (SAID.upper(), "duplicate"),
        ("I think the details of the report decide more than its headline does.", "near_duplicate"),
        ("The details of this report decide more than its headline does, I think!", "near_duplicate"),
    ],
)
def test_what_any_bot_said_lately_is_not_said_again(text, reason):
    assert finish(text, DraftContext("Bruno", 40, recent_texts=RecentTexts([SAID]))) == Refused(reason)


@pytest.mark.parametrize(
    "text", ["The minutes of the meeting matter more than the speech.", "I agree.", "The details decide, I think."]
)
def test_another_thought_and_a_short_word_may_be_said(text):
    assert finish(text, DraftContext("Bruno", 40, recent_texts=RecentTexts([SAID, "I agree."]))) == text


def test_how_alike_two_texts_may_be_is_a_setting():
    near = "The details of this report decide more than its headline does, I think!"
    assert finish(near, DraftContext("Bruno", 40, recent_texts=RecentTexts([SAID], similarity=1.0))) == near


@pytest.mark.parametrize(
    "text",
    [
        "Bugün piyasa oldukça sakin görünüyor, ben biraz daha beklerdim açıkçası.",
        "Der Markt sieht heute ziemlich ruhig aus, ich würde noch ein wenig warten.",
    ],
)
def test_a_text_in_a_foreign_language_is_refused(text):
    assert finish(text, ENGLISH) == Refused("foreign_language")


@pytest.mark.parametrize(
    "text", ["Ja, genau.", "The market looks rather calm today, I would wait a little.", "BIST:AKBNK 61.3 ₺ 📈 ok"]
)
def test_short_texts_and_the_chats_language_pass(text):
    assert finish(text, ENGLISH) == text


@pytest.mark.parametrize(
    "text", ["I am bearish on gold.", "Gold is weak and falling.", "gold is not good", "Gold will fall from here."]
)
def test_the_opposite_of_a_firm_stance_is_refused(text):
    assert finish(text, DraftContext("Ada", 40, stances=(GOLD,))) == Refused("contradicts_a_stance")


@pytest.mark.parametrize(
    "text",
    [
        "Gold keeps its value.",
        "Gold is not weak.",
        "Some say gold is weak.",
        "Is gold weak?",
        "Silver is weak.",
        "Gold may fall for a while.",
        "Gold opened at 2650.",
    ],
)
def test_what_does_not_clearly_contradict_a_stance_passes(text):
    assert finish(text, DraftContext("Ada", 40, stances=(GOLD,))) == text


def test_a_hunch_may_be_contradicted():
    hunch = StanceView("gold", "bullish", 0.4)
    assert finish("Gold is weak.", DraftContext("Ada", 40, stances=(hunch,))) == "Gold is weak."


@pytest.mark.parametrize("text", ["see docs.example.org/page", "https://example.org"])
def test_links_to_allowed_sites_pass_and_others_do_not(text):
    allowed = DraftContext("Ada", 40, policy=SafetyPolicy(allowed_hosts=("example.org",)))
    assert finish(text, allowed) == text
    assert finish(text, ANY) == Refused("unsafe_link")
    assert finish(f"{text} and http://evil.example", allowed) == Refused("unsafe_link")
    assert finish("https://example.org.evil.com", allowed) == Refused("unsafe_link")


@pytest.mark.parametrize("text", ["a frog-coin it is", "FROGCOIN", "fr0gcоin", "f r o g c o i n", "frog\u200bcoin"])
def test_a_blocked_word_is_found_however_it_is_written(text):
    blocked = DraftContext("Ada", 40, policy=SafetyPolicy(blocked_words=("frogcoin", "frog coin")))
    assert finish(text, blocked) == Refused("unsafe_blocked_word")
    assert finish("a frog and a coin", blocked) == "a frog and a coin"


def test_the_prompts_own_canary_is_never_said():
    assert finish("the ref is 0a1b2c3d4e5f", DraftContext("Ada", 40, canary="0a1b2c3d4e5f")) == Refused(
        "unsafe_prompt_leak"
    )


ANY = DraftContext("Ada", 40)


def test_every_refusal_has_words_for_the_model():
    assert {f"unsafe_{reason}" for reason, _ in CHECKS} <= WISHES.keys()
    assert all(ask_for_rewrite(reason).endswith(".") for reason in WISHES)
    assert ask_for_rewrite(None) is None
    assert ask_for_rewrite("a new one")
