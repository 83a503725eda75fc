"""What bots answer to commands: in the chat's language, openly bots, within Telegram's bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.analysis.commands import KNOWN_COMMANDS, FleetCommand
from app.domain.delivery.markup import TEXT_LIMIT, utf16_length
from app.domain.fleet.persona import BotProfile
from app.domain.people.command_texts import render_answer

ADA = BotProfile(1, "ada_bot", "Ada", tone="dry and exact.", topics=("rates", "bonds", "inflation", "tea"))


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("word", [*KNOWN_COMMANDS, "forgotten", "nameless"])
@pytest.mark.parametrize("bot_id", [None, 1])
def test_every_command_has_a_text_without_a_gap_in_every_language(language, word, bot_id):
    text = render_answer(FleetCommand(word, bot_id), language, ADA)
    assert text == text.strip() != ""
    assert "{" not in text
    assert ("Ada" in text) == (word == "about" or (word in {"mute", "unmute"} and bot_id is not None))


def test_about_tells_the_operator_and_a_character_in_a_line():
    text = render_answer(FleetCommand("about"), "en", ADA, operator="the Gazette, @gazette_desk")
    assert "run by the Gazette, @gazette_desk." in text
    assert "My character here: dry and exact. I like to talk about rates, bonds, inflation." in text
    assert "tea" not in text


def test_help_lists_every_command():
    for language in ("en", "tr"):
        text = render_answer(FleetCommand("help"), language, ADA)
        assert all(f"/{word}" in text for word in KNOWN_COMMANDS)


def test_languages_of_a_region_are_known_and_others_are_answered_in_english():
    assert render_answer(FleetCommand("help"), "tr-TR", ADA) == render_answer(FleetCommand("help"), "tr", ADA)
    assert render_answer(FleetCommand("help"), "de", ADA) == render_answer(FleetCommand("help"), "en", ADA)


@given(name=st.text(max_size=64), tone=st.text(), topic=st.text(max_size=80), operator=st.text(max_size=100))
def test_any_persona_can_say_what_it_is_within_a_message(name, tone, topic, operator):
    bot = BotProfile(1, "x_bot", name, tone=tone, topics=(topic,) * 9)
    text = render_answer(FleetCommand("about"), "tr", bot, operator)
    assert name in text
    assert utf16_length(text) <= TEXT_LIMIT
