"""Receiving updates over MTProto."""

from __future__ import annotations

import asyncio

import structlog

from app.db import SessionFactory
from app.domain.errors import ConfigError
from app.domain.ports import ListenedBot
from app.repositories.ingest import token_leases
from app.repositories.ingest.token_leases import LeasableBot
from app.services.ingest.token_leases import LeaseKeeper

log = structlog.get_logger()


class ListenService(LeaseKeeper[ListenedBot]):
    """The service of a listener: which bots to listen to, storing their updates and their sessions.

    The leases are the poller's: a session that two processes use at a time is ended by Telegram.
    """

    mode, kind = "telethon", "listener"

    async def remember(self, bot_id: int, session: str | None) -> None:
        """Stores a session, encrypted like tokens."""
        sealed = self._vault.encrypt(session) if session else None
        await asyncio.to_thread(_keep_session, self._ports.sessions, bot_id, sealed)

    def _open(self, bot: LeasableBot, token: str) -> ListenedBot:
        return ListenedBot(bot.bot_id, bot.telegram_user_id, token, self._open_session(bot))

    def _open_session(self, bot: LeasableBot) -> str | None:
        """Returns the session, or None when no key decrypts it: signing in again costs nothing."""
        try:
            return self._vault.decrypt(bot.session_encrypted) if bot.session_encrypted else None
        except ConfigError:
            log.warning("session_unreadable", bot=bot.bot_id)
            return None


def _keep_session(sessions: SessionFactory, bot_id: int, sealed: str | None) -> None:
    with sessions.begin() as session:
        token_leases.keep_session(session, bot_id, sealed)
