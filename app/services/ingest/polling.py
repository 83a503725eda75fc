"""Receiving updates by long polling, and what keeps them away."""

from __future__ import annotations

import asyncio
import datetime as dt
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.errors import AnotherAccount, Conflict, RetryAfter, TelegramError, WebhookSet
from app.domain.fleet.accounts import LONG_REST_S, PROBLEM_KINDS, ProblemKind
from app.domain.ports import PolledBot, TokenVault
from app.outages import log_error
from app.repositories.fleet import bot_problems
from app.repositories.ingest.token_leases import LeasableBot
from app.services.ingest.inbox import IngestPorts
from app.services.ingest.token_leases import LeaseKeeper

KINDS: tuple[tuple[type[TelegramError], ProblemKind], ...] = (
    (WebhookSet, "webhook"),
    (Conflict, "other_poller"),
    (AnotherAccount, "other_account"),
    (RetryAfter, "rest"),
)
WRITE_EVERY_S = 5.0
"""Seconds between two writes about one bot."""
QUIET_S = 30.0
"""Seconds without a sight of a problem until a good call ends it: two programs that poll one token cut each other off
in turn, and each hears something in between."""

log = structlog.get_logger()


class PollService(LeaseKeeper[PolledBot]):
    """The service of a poller: which bots to poll, storing their updates, and what keeps them away."""

    mode, kind = "poll", "poller"

    def __init__(self, ports: IngestPorts, vault: TokenVault, holder: str) -> None:
        super().__init__(ports, vault, holder)
        self._troubled: set[int] = set()
        self._written: dict[tuple[int, ProblemKind | None], float] = {}

    async def notice(self, bot_id: int, error: TelegramError | None) -> None:
        """Stores a problem of a bot for operators, or with None that it hears; what is no problem to tell is left out.

        An outage of Postgres stops no polling.
        """
        kind = next((kind for cls, kind in KINDS if isinstance(error, cls)), None)
        seconds = error.seconds if isinstance(error, RetryAfter) else None
        if (error and not kind) or (seconds is not None and seconds < LONG_REST_S) or not self._is_due(bot_id, kind):
            return
        try:
            await asyncio.to_thread(self._note, bot_id, kind, seconds)
        except SQLAlchemyError as failure:
            log_error(log, "problem_not_stored", failure, bot=bot_id)

    def _is_due(self, bot_id: int, kind: ProblemKind | None) -> bool:
        """Returns whether something is to be written about the bot; the same at most every few seconds."""
        if kind is None and bot_id not in self._troubled:
            return False
        now, key = time.monotonic(), (bot_id, kind)
        if now - self._written.get(key, -WRITE_EVERY_S) < WRITE_EVERY_S:
            return False
        self._written[key] = now
        return True

    def _note(self, bot_id: int, kind: ProblemKind | None, seconds: float | None) -> None:
        now = self._ports.clock.now()
        with self._ports.sessions.begin() as session:
            if kind is not None:
                bot_problems.see(session, bot_id, kind, now, now + dt.timedelta(seconds=seconds) if seconds else None)
            elif bot_problems.clear(session, bot_id, PROBLEM_KINDS, now - dt.timedelta(seconds=QUIET_S)):
                log.info("bot_hears_again", bot=bot_id)

    def _leave(self, session: Session) -> None:
        super()._leave(session)
        bot_problems.clear_all(session, PROBLEM_KINDS)

    def _open(self, bot: LeasableBot, token: str) -> PolledBot:
        (self._troubled.add if bot.has_problem else self._troubled.discard)(bot.bot_id)
        rest_s = (bot.rests_until - self._ports.clock.now()).total_seconds() if bot.rests_until else 0.0
        return PolledBot(bot.bot_id, token, bot.next_update_id, max(0.0, rest_s))
