"""The admin in a real headless Chromium."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine
from werkzeug.serving import make_server

from app.bootstrap import Runtime, build_runtime
from app.config import Settings
from app.services.access import users
from app.web import create_app
from tests.browser.scene import set_scene
from tests.waiting import patience
from tests.web.fakes import FakeTelegram

PASSWORD = "quiet harbour 7 lanterns"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """The admin on a port of its own."""

    url: str
    runtime: Runtime
    telegram: FakeTelegram


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium a module. Playwright keeps an event loop running, which no other test may meet."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is missing; install it with: sudo apt-get install -y chromium")
    expect.set_options(timeout=patience(15) * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


class RecordingSandboxControl:
    """Remembers what people were made to say."""

    def __init__(self) -> None:
        self.said: list[tuple[int, str, str, int | None]] = []

    def speak(self, telegram_chat_id: int, name: str, text: str, reply_to: int | None = None) -> int:
        """Says nothing, remembers all."""
        self.said.append((telegram_chat_id, name, text, reply_to))
        return 1


@pytest.fixture
def site(settings: Settings, committed_db: Engine, cache: redis.Redis) -> Iterator[Site]:
    """The admin with a first admin and an empty fleet."""
    telegram = FakeTelegram()
    runtime = build_runtime(settings)
    runtime.telegram = telegram  # type: ignore[assignment]
    runtime.sandbox_control = RecordingSandboxControl()  # type: ignore[assignment]
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", runtime, telegram)
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.cache.close()
    runtime.engine.dispose()


@pytest.fixture
def open_page(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site; any error in its console or any refused script fails the test."""
    problems: list[str] = []
    contexts = []

    def opened(width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
        context = chromium.new_context(
            base_url=site.url, viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
        )
        contexts.append(context)
        context.set_default_timeout(patience(15) * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if _is_problem(line.text, line.type) else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def _is_problem(text: str, kind: str) -> bool:
    """Errors count, but not the browser's note of a 400, 401 or 503 that a test provoked."""
    return kind == "error" and "Failed to load resource" not in text and "net::ERR" not in text


@pytest.fixture
def signed_in(site: Site, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens a page with an operator signed in."""
    users.create_user(site.runtime.sessions, "deniz", "admin", PASSWORD)

    def opened(**options: object) -> Page:
        page = open_page(**options)
        page.goto("/sign-in")
        page.get_by_label("User name").fill("deniz")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    return opened


@pytest.fixture
def scene(site: Site) -> Site:
    """The site with a fleet in the middle of a conversation."""
    set_scene(site.runtime, site.telegram)
    return site


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Saves a screenshot into `var/screenshots`, or the folder that CHORUS_SCREENSHOTS names."""
    folder = Path(os.environ.get("CHORUS_SCREENSHOTS", "var/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    return save
