"""Bots and chats by what operators call them."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.models import Bot, Chat


def find_bot(session: Session, number: int | None, username: str) -> int | None:
    """The id of the bot with this id, or this username in any case."""
    statement = select(Bot.id).where(or_(Bot.id == number, func.lower(Bot.username) == username.lower()))
    return session.scalar(statement.limit(1))


def find_chat(session: Session, number: int) -> int | None:
    """The id of the chat with this id, or this Telegram id."""
    return session.scalar(select(Chat.id).where(or_(Chat.id == number, Chat.telegram_chat_id == number)).limit(1))
