"""A stored bot, changed and asked about."""

from __future__ import annotations

from typing import Any

from app.db import SessionFactory
from app.models import Bot
from tests.web.fakes import token_of


def change(sessions: SessionFactory, bot: Bot, **values: Any) -> None:
    with sessions.begin() as session:
        stored = session.get_one(Bot, bot.id)
        for name, value in values.items():
            setattr(stored, name, value)


def token(bot: Bot) -> str:
    return token_of(bot.telegram_user_id)
