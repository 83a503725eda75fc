"""Hearing the chats by long polling: which bots to poll, and what becomes of what they bring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from app.db import SessionFactory
from app.domain.errors import ConfigError, TelegramError, Unauthorized
from app.domain.ports import PolledBot, TokenVault
from app.repositories import inbox, outbox
from app.services.ingest import IngestPorts, store_updates

log = structlog.get_logger()


class PollService:
    """The callbacks of a poller. Database work runs in threads, so that the event loop never waits for it."""

    def __init__(self, ports: IngestPorts, vault: TokenVault) -> None:
        self._ports = ports
        self._vault = vault

    async def bots(self) -> Sequence[PolledBot]:
        """The bots to poll now; one whose token cannot be decrypted is left out and logged."""
        targets = await asyncio.to_thread(_targets, self._ports.sessions)
        return [bot for target in targets if (bot := self._open(target)) is not None]

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        """Commits updates and offset together: what is acknowledged to Telegram is in Postgres."""
        await asyncio.to_thread(store_updates, self._ports, bot_id, updates)

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        """Takes a bot whose token was revoked out of service."""
        if isinstance(error, Unauthorized):
            await asyncio.to_thread(_break_bot, self._ports.sessions, bot_id)
        log.warning("bot_refused", bot=bot_id, error=str(error))

    def _open(self, target: inbox.PollTarget) -> PolledBot | None:
        try:
            return PolledBot(target.bot_id, self._vault.decrypt(target.token_encrypted), target.next_update_id)
        except ConfigError as error:
            log.error("token_unreadable", bot=target.bot_id, error=str(error))
            return None


def _targets(sessions: SessionFactory) -> list[inbox.PollTarget]:
    with sessions() as session:
        return inbox.poll_targets(session)


def _break_bot(sessions: SessionFactory, bot_id: int) -> None:
    with sessions.begin() as session:
        outbox.break_bot(session, bot_id, "Telegram refuses the token: enter a new one from @BotFather.")
