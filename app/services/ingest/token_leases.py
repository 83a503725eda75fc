"""Leases of bots for the processes that receive updates, and storing what they receive."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import secrets
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.errors import ConfigError, TelegramError, Unauthorized
from app.domain.ports import TokenVault
from app.outages import log_error
from app.repositories.fleet import broken_bots
from app.repositories.ingest import token_leases
from app.repositories.ingest.token_leases import LeasableBot
from app.repositories.settings.overrides import read_update_mode
from app.services.ingest.inbox import IngestPorts, store_updates

LEASE_S = 6.0
"""Seconds after which a process that does not renew its leases is considered dead."""

RENEW_S = 2.0
REFUSED = "Telegram refuses the token: enter a new one from @BotFather."

Bot = TypeVar("Bot")

log = structlog.get_logger()


def name_holder() -> str:
    """Returns a unique holder name: the host, and a random part, since process ids are reused."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class LeaseKeeper(ABC, Generic[Bot]):
    """The callbacks of a process that receives updates. Database work runs in threads, not in the event loop.

    A subclass sets the fleet's mode in which it works, its name in log lines, and what it needs of a bot.
    """

    mode: ClassVar[str]
    kind: ClassVar[str]

    def __init__(self, ports: IngestPorts, vault: TokenVault, holder: str) -> None:
        self._ports = ports
        self._vault = vault
        self._holder = holder
        self._elsewhere: frozenset[str] = frozenset()
        self._mode: str | None = None
        self._last: Sequence[Bot] = ()
        self._sealed: dict[int, str] = {}
        self._until = 0.0

    @abstractmethod
    def _open(self, bot: LeasableBot, token: str) -> Bot:
        """Returns what is needed to receive the bot's updates."""

    async def bots(self) -> Sequence[Bot]:
        """Returns the bots whose lease this process holds; none unless the fleet is in its mode.

        While Postgres is away, returns the last result for as long as its leases last. A bot whose token cannot be
        decrypted is left out and logged.
        """
        asked = time.monotonic()
        try:
            mode, bots = await asyncio.to_thread(self._take)
        except SQLAlchemyError as error:
            log_error(log, "bots_unreadable", error)
            return self._last if time.monotonic() < self._until else ()
        self._until = asked + LEASE_S - RENEW_S
        self._log_mode(mode)
        self._log_others(bots)
        mine = [bot for bot in bots if bot.held_by == self._holder]
        self._sealed = {bot.bot_id: bot.token_encrypted for bot in mine}
        self._last = [opened for bot in mine if (opened := self._try_to_open(bot)) is not None]
        return self._last

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        """Commits updates and offset together: what is acknowledged to Telegram is in Postgres, once."""
        await asyncio.to_thread(store_updates, self._ports, bot_id, updates)

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        """Takes a bot whose token was revoked out of service, unless it got another token meanwhile."""
        if isinstance(error, Unauthorized):
            await asyncio.to_thread(_break_bot, self._ports.sessions, bot_id, self._sealed.get(bot_id))
        log.warning("bot_refused", bot=bot_id, error=str(error))

    def release(self) -> None:
        """Releases the leases, so that the next process need not wait for their end."""
        with self._ports.sessions.begin() as session:
            token_leases.release_leases(session, self._holder)

    def _take(self) -> tuple[str, list[LeasableBot]]:
        now = self._ports.clock.now()
        until, renew_before = (now + dt.timedelta(seconds=s) for s in (LEASE_S, LEASE_S - RENEW_S))
        with self._ports.sessions.begin() as session:
            mode = read_update_mode(session)
            if mode != self.mode:
                self._leave(session)
                return mode, []
            token_leases.take_leases(session, self._holder, now, until, renew_before)
            return mode, token_leases.list_bots(session)

    def _leave(self, session: Session) -> None:
        """Gives up what this process holds while the fleet is in another mode."""
        token_leases.release_leases(session, self._holder)

    def _log_mode(self, mode: str) -> None:
        if mode != self._mode:
            log.info("update_mode", mode=mode, active=mode == self.mode)
            self._mode = mode

    def _log_others(self, bots: Sequence[LeasableBot]) -> None:
        """Logs once, until it changes, that another process holds tokens."""
        others = [bot.held_by for bot in bots if bot.held_by not in (None, self._holder)]
        elsewhere = frozenset(other for other in others if other)
        if elsewhere and elsewhere != self._elsewhere:
            log.warning(
                "second_process",
                kind=self.kind,
                count=len(others),
                others=sorted(elsewhere),
                me=self._holder,
                fix=f"run one {self.kind}: Telegram allows one a token; this one takes over when those leases end",
            )
        self._elsewhere = elsewhere

    def _try_to_open(self, bot: LeasableBot) -> Bot | None:
        try:
            token = self._vault.decrypt(bot.token_encrypted)
        except ConfigError as error:
            log.error("token_unreadable", bot=bot.bot_id, error=str(error))
            return None
        return self._open(bot, token)


def _break_bot(sessions: SessionFactory, bot_id: int, sealed: str | None) -> None:
    with sessions.begin() as session:
        broken_bots.break_bot(session, bot_id, REFUSED, sealed)
