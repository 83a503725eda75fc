"""The hourly look at tokens over a real Postgres, and bots whose tokens a fake Telegram knows."""

from __future__ import annotations

from typing import Any

import pytest

from app.adapters.vault import FernetVault
from app.db import SessionFactory
from app.models import Bot
from app.services.fleet.tokens import TokenPorts
from app.services.ingest.webhooks import WebhookPorts
from tests.builders import NOW, make_bot
from tests.fakes import FakeClock
from tests.integration.services.tokens.bots import change
from tests.web.fakes import FakeTelegram

BASE = "https://chorus.example"
KEY = "s" * 32


@pytest.fixture
def moving_clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def ports(sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault, moving_clock: FakeClock) -> TokenPorts:
    webhooks = WebhookPorts(sessions, telegram, vault, KEY, "https://api.telegram.org", BASE)
    return TokenPorts(sessions, telegram, vault, webhooks, moving_clock)


@pytest.fixture
def take_on(sessions: SessionFactory, telegram: FakeTelegram, vault: FernetVault) -> Any:
    """Makes a bot whose token Telegram knows under its own name."""

    def make(name: str = "Ada", **values: Any) -> Bot:
        bot = make_bot(sessions, name)
        token = telegram.add_bot(bot.telegram_user_id, bot.username, name)
        change(sessions, bot, token_encrypted=vault.encrypt(token), **values)
        return bot

    return make
