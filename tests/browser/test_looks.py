"""Every page as a person sees it: light, dark, on a phone. The screenshots are looked at by people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PAGES = {
    "dashboard": "/",
    "bots": "/bots/",
    "bot": "/bots/1",
    "bot-not-heard": "/bots/2",
    "why": "/bots/1/why?said=1",
    "new-bot": "/bots/new",
    "persona": "/bots/1/persona",
    "stances": "/bots/1/stances",
    "chats": "/chats/",
    "chat": "/chats/1",
    "new-chat": "/chats/new",
    "edit-chat": "/chats/1/edit",
    "money": "/money/",
    "providers": "/providers/",
    "edit-provider": "/providers/3/edit",
    "new-provider": "/providers/new",
    "live-chat": "/chats/1/live",
    "settings": "/settings/",
    "chat-settings": "/chats/1/settings",
    "bot-settings": "/bots/1/settings",
    "news": "/news/",
    "feed": "/news/1",
    "failing-feed": "/news/3",
    "new-feed": "/news/new",
    "outbox": "/outbox/",
    "updates": "/updates/",
    "password": "/password",
    "missing": "/nowhere",
}


@pytest.mark.parametrize(
    ("name", "width", "height", "scheme"),
    [("light", 1280, 900, "light"), ("dark", 1280, 900, "dark"), ("phone", 390, 844, "light")],
)
def test_no_page_scrolls_sideways_or_breaks(
    scene: Site,
    signed_in: Callable[..., Page],
    shoot: Callable[..., None],
    name: str,
    width: int,
    height: int,
    scheme: str,
) -> None:
    page = signed_in(width=width, height=height, scheme=scheme)

    for label, path in PAGES.items():
        answer = page.goto(path)
        assert answer
        assert answer.ok == (label != "missing"), f"{path} is answered with {answer.status}"
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"
        if page.locator("[data-live-state]").count():
            expect(page.locator("[data-live-state]")).to_contain_text("live")
        shoot(page, f"{label}-{name}")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
