"""The menu of commands that Telegram shows is filled when a bot is taken on or checked, and is never in the way."""

from __future__ import annotations

from app.adapters.clock import SystemClock
from app.domain.analysis.commands import KNOWN_COMMANDS
from app.services import fleet
from app.services.fleet import NewBot, PersonaData


def take_on(sessions, telegram, vault):
    token = telegram.add_bot(700001, "ada_bot", "Ada")
    form = NewBot(token, PersonaData(tone="dry"))
    return token, fleet.create_bot(sessions, telegram, vault, form, clock=SystemClock(), shards=64)


def test_a_new_bot_offers_its_commands_in_english_and_turkish(sessions, telegram, vault):
    token, _ = take_on(sessions, telegram, vault)
    assert {language for _, language in telegram.menus} == {"", "tr"}
    for language in ("", "tr"):
        menu = telegram.menus[token, language]
        assert set(menu) == set(KNOWN_COMMANDS)
        assert all(3 <= len(text) <= 256 for text in menu.values())


def test_a_check_fills_a_menu_that_was_lost(sessions, telegram, vault):
    token, view = take_on(sessions, telegram, vault)
    telegram.menus.clear()
    fleet.recheck_bot(sessions, telegram, vault, view.bot.id)
    assert (token, "") in telegram.menus


def test_a_bot_is_taken_on_although_telegram_refuses_its_menu(sessions, telegram, vault):
    telegram.refuses_menus = True
    _, view = take_on(sessions, telegram, vault)
    assert (view.bot.username, telegram.menus) == ("ada_bot", {})
