"""The admin on a port of its own, for load users."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis
from sqlalchemy import Engine
from werkzeug.serving import make_server

from app.bootstrap import build_runtime
from app.config import Settings
from app.services import fleet
from app.services.access import users
from app.services.fleet import FleetSpec, NewBot, NewChat, PersonaData
from app.web import create_app
from tests.web.fakes import FakeTelegram

USER, PASSWORD = "load", "quiet harbour 7 lanterns"
CHAT = -1001234500001


@dataclass(frozen=True)
class Site:
    """The admin's address, and an account that can sign in."""

    url: str
    user: str = USER
    password: str = PASSWORD


@pytest.fixture
def site(settings: Settings, committed_db: Engine, cache: redis.Redis) -> Iterator[Site]:
    """The admin with one bot in one chat and one operator."""
    runtime, telegram = build_runtime(settings), FakeTelegram()
    users.create_user(runtime.sessions, USER, "operator", PASSWORD)
    token = telegram.add_bot(700001, "ada_bot", "Ada Lark")
    spec = FleetSpec(
        bots=(NewBot(token, PersonaData(tone="dry", style="One sentence.", topics=("birds",))),),
        chats=(NewChat(CHAT, "Bird watchers", topics=("birds",), enabled=True),),
        memberships=((700001, CHAT),),
    )
    fleet.seed_fleet(runtime.sessions, telegram, runtime.vault, spec, runtime.clock, shards=settings.shards)
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    runtime.cache.close()
    runtime.engine.dispose()
