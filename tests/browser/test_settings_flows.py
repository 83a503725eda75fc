"""Settings, budgets and the kill switch, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.services.settings.values import load_settings
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_settings_are_changed_and_the_kill_switch_reaches_other_open_pages(
    scene: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = signed_in()
    page.goto("/settings/")
    page.get_by_label("Cooldown").fill("5000000")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("alert").get_by_text("Cooldown must be")).to_be_visible()
    page.get_by_label("Cooldown").fill("12")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("saved and in force")).to_be_visible()
    assert load_settings(scene.runtime.sessions).cooldown_s == 12

    other = page.context.new_page()
    other.goto("/bots/")
    expect(other.get_by_text("Fleet running")).to_be_visible()
    page.get_by_role("button", name="Stop all").click()

    expect(page.get_by_text("no bot speaks until")).to_be_visible()
    expect(other.get_by_text("Fleet stopped")).to_be_visible()
    expect(other.get_by_role("button", name="Resume")).to_be_visible()
    shoot(page, "stopped")
    other.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Fleet running")).to_be_visible()


def test_money_is_followed_on_the_dashboard_and_a_budget_is_changed(
    scene: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = signed_in()
    card = page.get_by_role("region", name="Money today")
    expect(card).to_contain_text("saves: cheaper model")
    expect(page.locator("[data-live-state]")).to_contain_text("live")

    with scene.runtime.sessions.begin() as session:
        session.execute(text("update spending set micros = 10200000 where scope = 'fleet' and micros = 7640000"))

    expect(card).to_contain_text("silent until midnight UTC")
    expect(card).to_contain_text("$10.20 of $10.00")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/money/")
    expect(page.get_by_role("region", name="Bots today").get_by_role("link").first).to_contain_text("Ceren Ay")
    expect(page.get_by_role("region", name="Ledger", exact=True)).to_contain_text("answered")
    shoot(page, "money-silent")

    page.get_by_role("link", name="Ada Lark").click()
    page.get_by_label("Daily budget").fill("5")
    page.get_by_role("button", name="Save budget").click()
    expect(page.get_by_text("The bot's daily budget is saved.")).to_be_visible()
    expect(page.get_by_role("region", name="Money")).to_contain_text("of $5.00 today")


def test_a_chat_is_kept_out_of_shared_requests(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.goto("/chats/1/edit")
    page.get_by_label("May share LLM requests").uncheck()
    page.get_by_label("Daily budget").fill("0")
    page.get_by_role("button", name="Save chat").click()

    money = page.get_by_role("region", name="Money")
    expect(money).to_contain_text("of its own")
    expect(money).to_contain_text("no limit")


def test_a_setting_is_found_by_a_word_overridden_for_a_bot_and_taken_back(
    scene: Site, signed_in: Callable[..., Page]
) -> None:
    page = signed_in()
    page.goto("/bots/2")
    page.get_by_role("link", name="Settings", exact=True).last.click()
    page.wait_for_url("**/bots/2/settings")
    page.keyboard.press("/")
    page.keyboard.type("most words")
    expect(page.get_by_label("Max words", exact=True)).to_be_visible()
    expect(page.get_by_label("Typing max", exact=True)).to_be_hidden()

    page.get_by_label("Max words", exact=True).fill("11")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()
    expect(page.get_by_label("Max words", exact=True)).to_have_value("11")

    page.get_by_role("button", name="Use the fleet’s value for Max words").click()
    expect(page.get_by_label("Max words", exact=True)).to_have_value("")


def test_a_search_that_finds_no_setting_says_so(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.goto("/settings/")
    page.get_by_label("Find a setting").fill("zebra")
    expect(page.get_by_text("No setting is called that.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Tick interval", exact=True)).to_be_visible()
