"""What the service tests share."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from app.adapters.vault import FernetVault
from app.db import SessionFactory, create_session_factory
from app.services.feeds.reading import FeedPorts
from app.services.settings.values import SettingsReader
from tests.fakes import FakeFeeds
from tests.web.fakes import FakeTelegram


class FixedClock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.instant = dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        """The instant it was made, or set to."""
        return self.instant


@pytest.fixture
def sessions(committed_db: Engine) -> SessionFactory:
    """Sessions on the migrated database, emptied after the test."""
    return create_session_factory(committed_db)


@pytest.fixture
def telegram() -> FakeTelegram:
    """A Telegram that knows nobody yet."""
    return FakeTelegram()


@pytest.fixture
def vault() -> FernetVault:
    """A vault with a key of its own."""
    return FernetVault(Fernet.generate_key().decode())


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock()


@pytest.fixture
def source() -> FakeFeeds:
    """The web, as far as feeds go."""
    return FakeFeeds()


@pytest.fixture
def ports(sessions: SessionFactory, source: FakeFeeds, clock: FixedClock) -> FeedPorts:
    """What looks at feeds need."""
    return FeedPorts(sessions, SettingsReader(sessions, ttl_s=0), source, clock)
