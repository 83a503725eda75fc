"""A whole Chorus to knock at: the admin with an operator of each role, a bot, a chat, and an eye on the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.bootstrap import Runtime
from app.config import Settings
from app.domain.errors import AddressRefused
from app.domain.feeds.headlines import Headline
from app.domain.ingest.webhooks import webhook_secret
from app.domain.ports import FeedAnswer
from app.models import Bot, Chat, InboxUpdate
from app.repositories.access.users import UserRecord
from app.services.access import users
from app.services.feeds.reading import FeedPorts
from app.services.ingest.inbox import IngestPorts
from app.web import create_app
from tests.builders import make_bot, make_chat
from tests.fakes import FakeEvents, FakeFeeds, FakeQueue
from tests.web.fakes import FakeTelegram

PASSWORD = "quiet harbour 7 lanterns"
ROLES = ("stranger", "viewer", "operator", "admin")
MOST_CPU_S = 2.0
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Control:
    """A sandbox's control that takes every message."""

    def speak(self, telegram_chat_id: int, name: str, text: str, reply_to: int | None = None) -> int:
        """The id of the message."""
        return 1


class News(FakeFeeds):
    """The web, where one site has feeds."""

    def read(self, url: str, etag: str | None = None, last_modified: str | None = None) -> FeedAnswer:
        """A feed with a headline. Raises AddressRefused for any other address, as the real client does."""
        if not url.startswith("https://news.example/"):
            raise AddressRefused("is no address of a feed")
        return FeedAnswer(True, "News", (Headline("1", "It rains", None),))


class Tracebacks(logging.Handler):
    """Remembers log lines with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Looks at one line."""
        told = record.msg if isinstance(record.msg, dict) else {}
        if record.exc_info or "exception" in told:
            self.seen.append(str(told.get("exception") or record.getMessage())[-2000:])


@dataclass
class House:
    """The parts that doors lead to."""

    runtime: Runtime
    app: Flask
    bot: Bot
    chat: Chat
    secret: str
    accounts: dict[str, UserRecord]
    ingest: IngestPorts
    numbers: Iterator[int]
    environment: dict[str, str]
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, role: str) -> FlaskClient:
        """A browser of this role, signed in anew when its session was ended."""
        client = self.clients.setdefault(role, self.app.test_client())
        answer = client.get("/api/v1/session")
        if role != "stranger" and answer.status_code != 200:
            self._open_session(client, self.accounts[role].id)
            answer = client.get("/api/v1/session")
        self.tokens[role] = answer.json.get("csrf_token", "")
        return client

    def empty_inbox(self) -> None:
        """Forgets earlier updates, so that what one example left cannot fail the next."""
        with self.runtime.sessions.begin() as session:
            session.execute(delete(InboxUpdate))

    def _open_session(self, client: FlaskClient, user_id: int) -> None:
        account = next(one for one in users.list_users(self.runtime.sessions) if one.id == user_id)
        now = int(time.time())
        with client.session_transaction() as session:
            session.update(
                sid="s", epoch=account.session_epoch, born=now, seen=now, _user_id=str(account.id), _fresh=True
            )


def build_house(runtime: Runtime, numbers: Iterator[int]) -> House:
    """Furnishes an empty installation; nothing of it reaches out of the machine."""
    runtime.telegram = telegram = FakeTelegram()  # type: ignore[assignment]
    runtime.queue = FakeQueue()  # type: ignore[assignment]
    runtime.sandbox_control = Control()  # type: ignore[assignment]
    runtime.feeds = FeedPorts(runtime.sessions, runtime.fleet_settings, News(), runtime.clock)
    for role in ROLES[1:]:
        users.create_user(runtime.sessions, role, role, PASSWORD)
    bot = make_bot(runtime.sessions)
    chat = make_chat(runtime.sessions, bot)
    telegram.add_bot(700001, "ada_bot", "Ada")
    with runtime.sessions() as session:
        public_id = session.scalars(select(Bot.public_id).where(Bot.id == bot.id)).one()
    bot.public_id = public_id
    secret = webhook_secret(runtime.settings.secret_key.get_secret_value(), str(public_id))
    ports = IngestPorts(runtime.sessions, runtime.fleet_settings, FakeQueue(), FakeEvents(), runtime.clock)
    accounts = {account.role: account for account in users.list_users(runtime.sessions)}
    return House(
        runtime, create_app(runtime), bot, chat, secret, accounts, ports, numbers, _environment(runtime.settings)
    )


def _environment(settings: Settings) -> dict[str, str]:
    """What a command needs to reach the same installation; Telegram is a port that nobody listens on."""
    return {
        "DATABASE_URL": settings.database_url,
        "BROKER_URL": settings.broker_url,
        "CACHE_URL": settings.cache_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "OPENAI_API_KEY": "sk-test",
        "TELEGRAM_URL": "http://127.0.0.1:9",
        "VAR_DIR": str(settings.var_dir),
    }


@contextmanager
def watched(what: Any) -> Iterator[None]:
    """Fails when the block logs a traceback, or works for longer than a worker may be held by one request."""
    handler = Tracebacks()
    root = logging.getLogger()
    root.addHandler(handler)
    began = time.thread_time()
    try:
        yield
    finally:
        root.removeHandler(handler)
    took = time.thread_time() - began
    assert not handler.seen, f"{what!r} ended in a traceback: {handler.seen[0]}"
    assert took <= MOST_CPU_S, f"{what!r} held its worker for {took:.1f} s"
