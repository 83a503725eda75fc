"""Lookup of a bot or chat by a typed name, for commands, pages and API."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound
from app.domain.fleet.names import Named, best, nearest
from app.domain.json_text import BIGGEST
from app.repositories.fleet import names

LISTED = 10
BOT_ADVICE = "give the number or the @username of the one you mean"
CHAT_ADVICE = "give the number or the Telegram id of the one you mean"


def find_bot_id(sessions: SessionFactory, name: str) -> int:
    """The id of a bot by its number, its @username or its display name, in any case, with or without accents.

    Of several that fold alike, the one in the same letters is taken. Raises NotFound, which lists the
    nearest names, and InvalidInput naming `bot` when several have the name.
    """
    typed = name.strip()
    with sessions() as session:
        found = _bots(session, typed)
        known = [] if found else names.all_bots(session)
    return _only("bot", typed, found, known, BOT_ADVICE)


def find_chat_id(sessions: SessionFactory, name: str) -> int:
    """The id of a chat by its number, its Telegram id or its title, in any case, with or without accents.

    Of several that fold alike, the one in the same letters is taken. Raises NotFound, which lists the
    nearest names, and InvalidInput naming `chat` when several have the name.
    """
    typed = name.strip()
    with sessions() as session:
        found = _chats(session, typed)
        known = [] if found else names.all_chats(session)
    return _only("chat", typed, found, known, CHAT_ADVICE)


def name_bots(sessions: SessionFactory) -> Sequence[Named]:
    """Returns the names of all bots, to choose from."""
    with sessions() as session:
        return names.all_bots(session)


def name_chats(sessions: SessionFactory) -> Sequence[Named]:
    """Returns the names of all chats, to choose from."""
    with sessions() as session:
        return names.all_chats(session)


def _bots(session: Session, typed: str) -> Sequence[Named]:
    number = _number(typed)
    numbered = [] if number is None else names.bots_numbered(session, number)
    if numbered:
        return numbered
    name = typed.removeprefix("@")
    return best(name, names.bots_called(session, name, username_only=typed.startswith("@")))


def _chats(session: Session, typed: str) -> Sequence[Named]:
    number = _number(typed)
    numbered = [] if number is None else names.chats_numbered(session, number)
    return numbered or best(typed, names.chats_called(session, typed))


def _number(text: str) -> int | None:
    """Parses `text` as a whole number that Postgres can hold, else None."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= BIGGEST else None


def _only(kind: str, typed: str, found: Sequence[Named], known: Sequence[Named], advice: str) -> int:
    if len(found) > 1:
        raise InvalidInput(kind, f"{len(found)} are called {typed}: {_listed(found)}; {advice}")
    if not found:
        near = nearest(typed, known)
        meant = f" Did you mean {' or '.join(map(str, near))}?" if near else ""
        raise NotFound(f"There is no {kind} {typed}.{meant}")
    return found[0].id


def _listed(found: Sequence[Named]) -> str:
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return ", ".join(map(str, found[:LISTED])) + more
