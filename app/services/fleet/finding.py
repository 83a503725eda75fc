"""Finds the bot or chat that a command names."""

from __future__ import annotations

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.repositories.fleet import names

BIGGEST = 2**63 - 1


def find_bot_id(sessions: SessionFactory, name: str) -> int:
    """The id of a bot by its number or its username. Raises NotFound."""
    username = name.strip().removeprefix("@")
    with sessions() as session:
        found = names.find_bot(session, _number(username), username)
    if found is None:
        raise NotFound(f"There is no bot {name}.")
    return found


def find_chat_id(sessions: SessionFactory, name: str) -> int:
    """The id of a chat by its number or its Telegram id. Raises NotFound."""
    number = _number(name)
    with sessions() as session:
        found = None if number is None else names.find_chat(session, number)
    if found is None:
        raise NotFound(f"There is no chat {name}.")
    return found


def _number(text: str) -> int | None:
    """The whole number that `text` is, if Postgres can hold it."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= BIGGEST else None
