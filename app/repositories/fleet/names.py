"""Look-ups of bots and chats by id, username or title. Every statement filters by the name, never pages a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app.domain.analysis.letters import fold_name
from app.domain.fleet.names import Named
from app.models import Bot, Chat


def bots_numbered(session: Session, number: int) -> list[Named]:
    """The bot with this id, if there is one."""
    return _bots(session.execute(_BOTS.where(Bot.id == number)))


def bots_called(session: Session, name: str, *, username_only: bool) -> list[Named]:
    """Every bot with this username, or this display name unless `username_only`, folded alike; by id."""
    wanted = fold_name(name)
    matches = [func.lower(Bot.username) == wanted]
    if not username_only:
        matches.append(Bot.folded_name == wanted)
    return _bots(session.execute(_BOTS.where(or_(*matches))))


def chats_numbered(session: Session, number: int) -> list[Named]:
    """The chat with this id, or this Telegram id, if there is one."""
    return _chats(session.execute(_CHATS.where(or_(Chat.id == number, Chat.telegram_chat_id == number))))


def chats_called(session: Session, title: str) -> list[Named]:
    """Every chat with this title, folded alike; by id."""
    return _chats(session.execute(_CHATS.where(Chat.folded_title == fold_name(title))))


def all_bots(session: Session) -> list[Named]:
    """Every bot of the fleet, by id."""
    return _bots(session.execute(_BOTS))


def all_chats(session: Session) -> list[Named]:
    """Every chat, by id."""
    return _chats(session.execute(_CHATS))


_BOTS = select(Bot.id, Bot.username, Bot.display_name).order_by(Bot.id)
_CHATS = select(Chat.id, Chat.telegram_chat_id, Chat.title).order_by(Chat.id)


def _bots(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Named]:
    return [Named(row[0], f"@{row[1]}", row[2]) for row in rows]


def _chats(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Named]:
    return [Named(row[0], str(row[1]), row[2]) for row in rows]
