"""Settings that operators change at run time, for the fleet, a chat or a bot."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import NotFound
from app.domain.ports import Clock
from app.domain.settings import FleetSettings, parse_setting, spec_of
from app.domain.settings.book import FLEET, Scope, SettingsBook, book_from
from app.held import Held
from app.repositories.fleet import bots, chats
from app.repositories.settings import overrides as repository

TICK_INTERVAL = "tick_interval_s"


def load_book(sessions: SessionFactory) -> SettingsBook:
    """Loads all stored settings."""
    with sessions() as session:
        return book_from(repository.read_values(session))


def load_settings(sessions: SessionFactory) -> FleetSettings:
    """Loads the fleet's settings, with defaults for those that nobody changed."""
    return load_book(sessions).fleet


def write_settings(
    sessions: SessionFactory,
    raw: Mapping[str, Any],
    updated_by: str | None,
    clock: Clock,
    scope: Scope = FLEET,
    unset: Collection[str] = (),
) -> FleetSettings:
    """Validates and stores values and removes `unset`, all or none; returns the settings now applied in `scope`.

    A shorter `tick_interval_s` moves scheduled ticks nearer. Raises InvalidInput naming the first setting that does not
    exist, does not fit or cannot be set there, and NotFound when there is no such chat or bot.
    """
    values = {key: parse_setting(key, value, scope.kind) for key, value in raw.items()}
    with sessions.begin() as session:
        check_scope(session, scope)
        repository.write_overrides(session, values, updated_by, scope)
        gone = repository.delete_overrides(session, unset, scope) if unset else []
        return _take_effect(session, (*values, *gone), clock, scope)


def unset_settings(sessions: SessionFactory, keys: Collection[str], clock: Clock, scope: Scope = FLEET) -> list[str]:
    """Removes own values of `scope`, so that the next scope's apply; returns the keys that had one.

    Raises InvalidInput naming the first setting that does not exist or cannot be set there, and NotFound.
    """
    for key in keys:
        spec_of(key, scope.kind)
    with sessions.begin() as session:
        check_scope(session, scope)
        gone = repository.delete_overrides(session, keys, scope)
        _take_effect(session, gone, clock, scope)
    return gone


def check_scope(session: Session, scope: Scope) -> None:
    """Raises NotFound when the scope's chat or bot does not exist."""
    if scope.id is None:
        return
    found = chats.find_chat(session, scope.id) if scope.kind == "chat" else bots.find_bot(session, scope.id)
    if found is None:
        raise NotFound(f"There is no {scope.kind} {scope.id}.")


def _take_effect(session: Session, changed: Collection[str], clock: Clock, scope: Scope) -> FleetSettings:
    book = book_from(repository.read_values(session))
    if TICK_INTERVAL in changed:
        interval = book.everywhere(TICK_INTERVAL)
        repository.respace_ticks(session, clock.now(), interval.fleet, interval.bots)
    return applied_in(book, scope)


def applied_in(book: SettingsBook, scope: Scope) -> FleetSettings:
    """Returns what applies in a scope: for a bot regardless of the chat, for a chat regardless of the bot."""
    return book.of(bot_id=scope.id if scope.kind == "bot" else None, chat_id=scope.id if scope.kind == "chat" else None)


class SettingsReader:
    """Cached settings: read from Postgres at most once every `ttl_s` seconds, shared by threads."""

    def __init__(
        self, sessions: SessionFactory, ttl_s: float = 1.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._held = Held(partial(load_book, sessions), ttl_s, monotonic)

    def read(self) -> FleetSettings:
        """The fleet's settings, at most `ttl_s` seconds old."""
        return self.book().fleet

    def book(self) -> SettingsBook:
        """All settings, at most `ttl_s` seconds old; the same object as long as nothing was changed."""
        return self._held.read()

    def forget(self) -> None:
        """Invalidates the cache, after this process wrote a setting itself."""
        self._held.forget()
