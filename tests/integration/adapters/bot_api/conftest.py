"""The client of the Bot API against a scripted server."""

from __future__ import annotations

import pytest

from app.adapters.telegram.bot_api import BotApi


@pytest.fixture
def api(server):
    return BotApi(server.url)
