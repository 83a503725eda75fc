"""Webhook addresses of bots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Bot


@dataclass(frozen=True, slots=True)
class BotAddress:
    """A bot with the public id in its webhook URL."""

    id: int
    public_id: str
    username: str
    status: str
    token_encrypted: str


def list_addresses(session: Session) -> Sequence[BotAddress]:
    """Every bot, by id."""
    rows = session.execute(
        select(Bot.id, Bot.public_id, Bot.username, Bot.status, Bot.token_encrypted).order_by(Bot.id)
    )
    return [BotAddress(row[0], str(row[1]), *row[2:]) for row in rows]
