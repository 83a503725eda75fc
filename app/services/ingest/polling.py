"""Hearing the chats by long polling: which bots to poll, and what becomes of what they bring."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import socket
from collections.abc import Sequence
from typing import Any

import structlog

from app.db import SessionFactory
from app.domain.errors import ConfigError, TelegramError, Unauthorized
from app.domain.ports import PolledBot, TokenVault
from app.repositories.fleet import broken_bots
from app.repositories.ingest import polling
from app.repositories.ingest.polling import PollTarget
from app.repositories.settings.overrides import read_update_mode
from app.services.ingest.inbox import IngestPorts, store_updates

LEASE_S = 6.0
"""A poller that does not renew its leases is taken for dead after this."""

RENEW_S = 2.0

log = structlog.get_logger()


def name_poller() -> str:
    """A name no other poller has: where it runs, and a random part, since process numbers come again."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class PollService:
    """The callbacks of a poller. Database work runs in threads, so that the event loop never waits for it."""

    def __init__(self, ports: IngestPorts, vault: TokenVault, poller: str) -> None:
        self._ports = ports
        self._vault = vault
        self._poller = poller
        self._elsewhere: frozenset[str] = frozenset()
        self._mode = "poll"

    async def bots(self) -> Sequence[PolledBot]:
        """The bots to poll now: those whose lease this poller holds, and none unless the fleet is in mode `poll`.

        One whose token cannot be decrypted is left out and logged.
        """
        mode, targets = await asyncio.to_thread(self._take)
        if mode != self._mode:
            log.info("update_mode", mode=mode, polling=mode == "poll")
            self._mode = mode
        self._tell_of_others(targets)
        mine = [target for target in targets if target.polled_by == self._poller]
        return [bot for target in mine if (bot := self._open(target)) is not None]

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        """Commits updates and offset together: what is acknowledged to Telegram is in Postgres."""
        await asyncio.to_thread(store_updates, self._ports, bot_id, updates)

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        """Takes a bot whose token was revoked out of service."""
        if isinstance(error, Unauthorized):
            await asyncio.to_thread(_break_bot, self._ports.sessions, bot_id)
        log.warning("bot_refused", bot=bot_id, error=str(error))

    def release(self) -> None:
        """Gives the leases back, so that the next poller need not wait for their end."""
        with self._ports.sessions.begin() as session:
            polling.release_leases(session, self._poller)

    def _take(self) -> tuple[str, list[PollTarget]]:
        now = self._ports.clock.now()
        until, renew_before = (now + dt.timedelta(seconds=s) for s in (LEASE_S, LEASE_S - RENEW_S))
        with self._ports.sessions.begin() as session:
            mode = read_update_mode(session)
            if mode != "poll":
                polling.release_leases(session, self._poller)
                return mode, []
            polling.take_leases(session, self._poller, now, until, renew_before)
            return mode, polling.list_targets(session)

    def _tell_of_others(self, targets: Sequence[PollTarget]) -> None:
        """Says it when another poller holds tokens, once until that changes."""
        others = [target.polled_by for target in targets if target.polled_by not in (None, self._poller)]
        elsewhere = frozenset(other for other in others if other)
        if elsewhere and elsewhere != self._elsewhere:
            log.warning(
                "second_poller",
                bots=len(others),
                held_by=sorted(elsewhere),
                me=self._poller,
                fix="run one poller: Telegram allows one a token; this one takes over when the other's lease ends",
            )
        self._elsewhere = elsewhere

    def _open(self, target: PollTarget) -> PolledBot | None:
        try:
            return PolledBot(target.bot_id, self._vault.decrypt(target.token_encrypted), target.next_update_id)
        except ConfigError as error:
            log.error("token_unreadable", bot=target.bot_id, error=str(error))
            return None


def _break_bot(sessions: SessionFactory, bot_id: int) -> None:
    with sessions.begin() as session:
        broken_bots.break_bot(session, bot_id, "Telegram refuses the token: enter a new one from @BotFather.")
