"""The admin on real Postgres and Redis, with a Telegram in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import redis
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app.bootstrap import Runtime, build_runtime
from app.config import Settings
from app.models import Bot, Chat
from app.services.access import users
from app.web import create_app
from tests.builders import make_bot, make_chat
from tests.web.fakes import FakeTelegram

PASSWORD = "quiet harbour 7 lanterns"
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CHAT = -1001234567890
PERSONA = {
    "tone": "dry, curious",
    "language": "en",
    "timezone": "UTC",
    "words_per_minute": "180",
    "topics": "birds\ntrains",
}


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2 at its lowest cost: what it must cost is tested with the accounts."""
    monkeypatch.setattr(users, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    users._decoy_hash.cache_clear()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as they were compiled by an earlier test's admin."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def telegram() -> FakeTelegram:
    """A Telegram that knows nobody yet."""
    return FakeTelegram()


@pytest.fixture
def runtime(settings: Settings, committed_db: Engine, cache: redis.Redis, telegram: FakeTelegram) -> Iterator[Runtime]:
    """The real Runtime, but for Telegram."""
    runtime = build_runtime(settings)
    runtime.telegram = telegram  # type: ignore[assignment]
    yield runtime
    runtime.close()


@pytest.fixture
def app(runtime: Runtime, compiled: FileSystemBytecodeCache) -> Flask:
    """The admin."""
    app = create_app(runtime)
    app.jinja_env.bytecode_cache = compiled
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody signed in with."""
    return app.test_client()


class Browser:
    """A client that fetches a form before it sends it, as a person does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: object) -> TestResponse:
        """One GET, no redirect followed."""
        return self.client.get(path, **options)

    def token(self, path: str = "/sign-in") -> str:
        """The CSRF token of the form on a page."""
        match = CSRF.search(self.client.get(path).text)
        assert match, f"no form on {path}"
        return match[1]

    def submit(self, path: str, form: str | None = None, **values: object) -> TestResponse:
        """Sends the form of the page `form` (or of `path` itself) to `path`."""
        return self.client.post(path, data={"csrf_token": self.token(form or path), **values})

    def sign_in(self, username: str = "deniz", password: str = PASSWORD) -> TestResponse:
        """Sends the sign-in form."""
        return self.submit("/sign-in", username=username, password=password)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    """A browser that nobody signed in with."""
    return Browser(client)


@pytest.fixture
def make_operator(runtime: Runtime) -> Callable[..., None]:
    """Creates an operator with the tests' password."""

    def make(username: str = "deniz", role: str = "operator") -> None:
        users.create_user(runtime.sessions, username, role, PASSWORD)

    return make


@pytest.fixture
def operator(browser: Browser, make_operator: Callable[..., None]) -> Browser:
    """A browser that an operator is signed in with."""
    make_operator()
    assert browser.sign_in().status_code == 302
    return browser


@pytest.fixture
def bot(runtime: Runtime) -> Bot:
    """A bot of the fleet."""
    return make_bot(runtime.sessions)


@pytest.fixture
def chat(runtime: Runtime, bot: Bot) -> Chat:
    """A chat where the bot may speak, with a title that is markup."""
    return make_chat(runtime.sessions, bot, title="Markets <b>")
