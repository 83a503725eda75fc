"""What the service tests share."""

from __future__ import annotations

import datetime as dt

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from app.adapters.vault import FernetVault
from app.db import SessionFactory, create_session_factory
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
