"""Hearing the chats over MTProto: which bots to hear, and what becomes of what they bring."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.domain.errors import ConfigError, TelegramError
from app.domain.ports import ListenedBot, TokenVault
from app.repositories.fleet import broken_bots
from app.repositories.ingest import listening, polling
from app.repositories.ingest.listening import ListenTarget
from app.repositories.settings.overrides import read_update_mode
from app.services.ingest.inbox import IngestPorts, store_updates
from app.services.ingest.polling import LEASE_S, RENEW_S

REFUSED = "Telegram refuses the token: enter a new one from @BotFather."

log = structlog.get_logger()


class ListenService:
    """The keeper of a listener. Database work runs in threads, so that the event loop never waits for it.

    The leases are the poller's: a session that two processes use at a time is ended by Telegram.
    """

    def __init__(self, ports: IngestPorts, vault: TokenVault, listener: str) -> None:
        self._ports = ports
        self._vault = vault
        self._listener = listener
        self._mode: str | None = None
        self._last: Sequence[ListenedBot] = ()
        self._until = 0.0

    async def bots(self) -> Sequence[ListenedBot]:
        """The bots whose lease this listener holds, and none unless the fleet is in mode `telethon`.

        While Postgres is away, those it named last, for as long as their leases last.
        """
        asked = time.monotonic()
        try:
            mode, targets = await asyncio.to_thread(self._take)
            self._last = [bot for target in targets if (bot := self._open(target)) is not None]
            self._until = asked + LEASE_S - RENEW_S
        except SQLAlchemyError as error:
            log.warning("bots_unreadable", error=type(error).__name__)
            return self._last if time.monotonic() < self._until else ()
        if mode != self._mode:
            log.info("update_mode", mode=mode, listening=mode == "telethon")
            self._mode = mode
        return self._last

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        """Commits updates; one that is known already changes nothing."""
        await asyncio.to_thread(store_updates, self._ports, bot_id, updates)

    async def remember(self, bot_id: int, session: str | None) -> None:
        """Stores a session, encrypted as tokens are."""
        sealed = self._vault.encrypt(session) if session else None
        await asyncio.to_thread(_keep_session, self._ports.sessions, bot_id, sealed)

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        """Takes a bot whose token is refused out of service."""
        await asyncio.to_thread(_break_bot, self._ports.sessions, bot_id)
        log.warning("bot_refused", bot=bot_id, error=str(error))

    def release(self) -> None:
        """Gives the leases back, so that the next one need not wait for their end."""
        with self._ports.sessions.begin() as session:
            polling.release_leases(session, self._listener)

    def _take(self) -> tuple[str, list[ListenTarget]]:
        now = self._ports.clock.now()
        until, renew_before = (now + dt.timedelta(seconds=s) for s in (LEASE_S, LEASE_S - RENEW_S))
        with self._ports.sessions.begin() as session:
            mode = read_update_mode(session)
            if mode != "telethon":
                polling.release_leases(session, self._listener)
                return mode, []
            polling.take_leases(session, self._listener, now, until, renew_before)
            return mode, listening.list_targets(session, self._listener)

    def _open(self, target: ListenTarget) -> ListenedBot | None:
        try:
            token = self._vault.decrypt(target.token_encrypted)
        except ConfigError as error:
            log.error("token_unreadable", bot=target.bot_id, error=str(error))
            return None
        return ListenedBot(target.bot_id, target.telegram_user_id, token, self._open_session(target))

    def _open_session(self, target: ListenTarget) -> str | None:
        """The session, or None when no key opens it: signing in again is no loss."""
        try:
            return self._vault.decrypt(target.session_encrypted) if target.session_encrypted else None
        except ConfigError:
            log.warning("session_unreadable", bot=target.bot_id)
            return None


def _keep_session(sessions: SessionFactory, bot_id: int, sealed: str | None) -> None:
    with sessions.begin() as session:
        listening.keep_session(session, bot_id, sealed)


def _break_bot(sessions: SessionFactory, bot_id: int) -> None:
    with sessions.begin() as session:
        broken_bots.break_bot(session, bot_id, REFUSED)
