"""A bot taken on as the admin does it."""

from __future__ import annotations

from typing import Any

import pytest

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.services import fleet
from app.services.fleet import (
    BotView,
    NewBot,
    PersonaData,
)
from tests.integration.services.conftest import FixedClock
from tests.web.fakes import FakeTelegram

CHAT = -1001234567890
PERSONA = PersonaData("dry, curious", topics=("birds", "trains"))


@pytest.fixture
def make_bot(sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, clock: FixedClock) -> Any:
    def make(number: int = 700001, name: str = "Ada", **options: Any) -> BotView:
        token = telegram.add_bot(number, f"{name.lower()}_bot", name, privacy=options.pop("privacy", False))
        form = NewBot(token, options.pop("persona", PERSONA), **options)
        return fleet.create_bot(sessions, telegram, vault, form, clock=clock, shards=64)

    return make
