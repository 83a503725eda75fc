"""What an operator does from the first minute on, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.services import fleet
from app.services.access import users
from tests.browser.conftest import PASSWORD, RecordingSandboxControl, Site
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def say(site: Site, number: int, words: str) -> None:
    """A person's message arrives in the first chat."""
    with site.runtime.sessions.begin() as session:
        session.execute(
            text(
                "insert into messages (chat_id, telegram_message_id, person_id, text, sent_at)"
                " select 1, :number, min(id), :words, now() from people"
            ),
            {"number": number, "words": words},
        )
    site.runtime.events.publish("message", chat_id=1)


def test_the_first_admin_signs_in_once_with_the_printed_password(
    site: Site, open_page: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    one_time = users.ensure_first_admin(site.runtime.sessions) or ""
    page = open_page()
    page.goto("/")
    shoot(page, "sign-in")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(one_time)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Change your password")).to_be_visible()
    page.get_by_label("Current password").fill(one_time)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page.get_by_text("Nothing was said yet")).to_be_visible()
    shoot(page, "dashboard-empty")


def test_a_bot_is_taken_on_and_its_privacy_mode_is_said(
    site: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    token = site.telegram.add_bot(700009, "gul_bot", "Gül Deniz", privacy=True)
    page = signed_in()
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_text("No bots yet")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_label("Bot token").fill("12345")
    page.get_by_role("button", name="Take the bot on").click()
    expect(page.get_by_text("Bot token is malformed")).to_be_visible()
    expect(page.get_by_text("Tone is empty")).to_be_hidden()

    page.get_by_label("Bot token").fill(token)
    page.get_by_label("Tone").fill("warm and slow")
    page.get_by_label("Topics").fill("tea\nrain")
    page.get_by_role("button", name="Take the bot on").click()

    expect(page.get_by_role("heading", name="Gül Deniz")).to_be_visible()
    expect(page.get_by_text("/setprivacy")).to_be_visible()
    shoot(page, "bot-new")


def test_the_dashboard_follows_what_happens(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    expect(page.locator("[data-counter=bots_active]")).to_have_text("5")
    expect(page.locator("[data-live-state]")).to_contain_text("live")

    fleet.pause_bot(scene.runtime.sessions, 1, "for a test")
    expect(page.locator("[data-counter=bots_active]")).to_have_text("4")
    with scene.runtime.sessions.begin() as session:
        session.execute(
            text(
                "update utterances set state = 'sent', text = 'It just went out.', telegram_message_id = 199,"
                " finished_at = now() where state = 'ready'"
            )
        )
    scene.runtime.events.publish("message", chat_id=1)
    expect(page.get_by_text("It just went out.")).to_be_visible()


def test_a_paused_feed_stands_still_until_it_is_followed_again(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    expect(page.locator("[data-live-state]")).to_contain_text("live")
    page.keyboard.press("p")
    expect(page.locator("[data-live-state]")).to_contain_text("paused")

    fleet.pause_bot(scene.runtime.sessions, 1, "for a test")
    page.reload()
    expect(page.locator("[data-counter=bots_active]")).to_have_text("4")
    page.get_by_role("button", name="Pause").click()
    fleet.resume_bot(scene.runtime.sessions, 1)
    expect(page.locator("[data-counter=bots_active]")).to_have_text("4")
    page.get_by_role("button", name="Follow").click()

    expect(page.locator("[data-counter=bots_active]")).to_have_text("5")


def test_without_events_the_page_polls(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.route("**/events", lambda route: route.abort())
    page.reload()

    expect(page.locator("[data-live-state]")).to_contain_text("every 3 s")
    fleet.pause_bot(scene.runtime.sessions, 1, "for a test")
    expect(page.locator("[data-counter=bots_active]")).to_have_text("4")


def test_a_live_chat_shows_new_messages_and_lets_an_operator_speak(
    scene: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = signed_in()
    page.goto("/chats/1/live")
    log = page.get_by_role("log")
    expect(log.get_by_text("This is why I love this group.").first).to_be_visible()
    expect(log.locator("[data-pending=generating]")).to_contain_text("the model is writing")
    expect(log.locator(".from-bot .bot-badge").first).to_be_visible()
    expect(page.get_by_text("Sandbox: chats and people here are made up")).to_be_visible()

    say(scene, 300, "Look, a kingfisher!")
    expect(log.get_by_text("Look, a kingfisher!")).to_be_in_viewport()

    page.locator("[data-message='300'] .bubble p").click()
    expect(page.locator("[data-replying]")).to_contain_text("Reply to Maya")
    shoot(page, "live-chat-reply")
    page.get_by_label("Speak as").fill("Jonas")
    page.get_by_label("Message", exact=True).fill("Where?")
    page.keyboard.press("Enter")
    sandbox_control = scene.runtime.sandbox_control
    assert isinstance(sandbox_control, RecordingSandboxControl)
    wait_until(lambda: sandbox_control.said, within_s=10, what="the message")
    assert [said[1:] for said in sandbox_control.said] == [("Jonas", "Where?", 300)]
    expect(page.get_by_label("Message", exact=True)).to_have_value("")

    page.get_by_label("Message", exact=True).fill("   ")
    page.keyboard.press("Enter")
    expect(page.locator("[data-speak-error]")).to_contain_text("text: is empty")


def test_a_reader_of_older_messages_is_not_pulled_down(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in(height=500)
    page.goto("/chats/1/live")
    log = page.get_by_role("log")
    expect(page.locator("[data-live-state]")).to_contain_text("live")
    log.evaluate("element => { element.scrollTop = 0 }")

    say(scene, 300, "Look, a kingfisher!")

    expect(page.get_by_role("button", name="Newest")).to_be_visible()
    assert log.evaluate("element => element.scrollTop") == 0
    page.get_by_role("button", name="Newest").click()
    expect(log.get_by_text("the model is writing")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Newest")).to_be_hidden()


def test_light_and_dark_are_chosen_and_kept(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in(scheme="light")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.keyboard.press("t")
    expect(root).to_have_attribute("data-bs-theme", "dark")

    page.goto("/bots/")

    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_the_menu_of_a_phone_opens_and_leads_on(
    scene: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = signed_in(width=390, height=844)
    expect(page.get_by_role("link", name="Chats", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    page.locator("#sidebar.show").wait_for()
    shoot(page, "menu-phone")
    page.get_by_role("link", name="Chats", exact=True).click()

    expect(page.get_by_role("heading", name="Chats")).to_be_visible()


def test_g_and_p_lead_to_the_providers(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Providers")).to_be_visible()
    expect(page.locator("[data-live-state=paused]")).to_have_count(0)


def test_the_question_mark_shows_the_shortcuts(
    scene: Site, signed_in: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = signed_in()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    shoot(page, "shortcuts")


def test_another_row_of_stances_can_be_added(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    page.goto("/bots/1/stances")
    page.get_by_role("button", name="Another").click()
    page.get_by_label("Topic").last.fill("tea")
    page.get_by_label("Position").last.fill("in favour")
    page.get_by_role("button", name="Save stances").click()

    expect(page.locator(".stance", has_text="tea")).to_contain_text("in favour")


def test_an_ended_session_takes_the_open_page_to_the_sign_in(scene: Site, signed_in: Callable[..., Page]) -> None:
    page = signed_in()
    expect(page.locator("[data-live-state]")).to_contain_text("live")

    users.set_user_active(scene.runtime.sessions, "deniz", active=False)

    page.wait_for_url(re.compile("/sign-in"))
