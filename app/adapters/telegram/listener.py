"""Listener for many bots over MTProto in one event loop: connects, backs off and reconnects.

MTProto itself is behind `Connect` (see mtproto_client.py), so that nothing here loads Telethon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol

import structlog

from app.adapters.telegram.mtproto import number_of, translate
from app.adapters.telegram.mtproto_objects import kind_of
from app.domain.errors import NotConnected, RetryAfter, TelegramError, Unauthorized
from app.domain.ports import ListenedBot
from app.logs import bind
from app.outages import log_error

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
"""Seconds before reconnecting, and before retrying to store updates."""

STEADY_S = 60.0
"""Seconds; a connection that lasted longer resets the backoff."""

log = structlog.get_logger()


class SessionLost(TelegramError):
    """Telegram ended the session: the bot must sign in with its token again."""


Take = Callable[[Sequence[Any]], Awaitable[None]]
"""Receives TL updates in their order; they count as received once it returns."""

Remember = Callable[[str], Awaitable[None]]
"""Stores a session whose position is exactly what was received."""


class Connection(Protocol):
    """One bot's connection."""

    async def receive(self, take: Take, remember: Remember) -> None:
        """Signs in, passes missed and new updates on, and returns when the connection ends.

        Raises RetryAfter, Unauthorized (the token is refused), SessionLost, or NotConnected.
        """
        ...


Connect = Callable[[ListenedBot], Connection]


class Keeper(Protocol):
    """Storage of the listener. Each method has committed when it returns."""

    async def bots(self) -> Sequence[ListenedBot]:
        """Returns the bots to listen for."""
        ...

    async def store(self, bot_id: int, updates: Sequence[dict[str, Any]]) -> None:
        """Stores updates in the Bot API's form."""
        ...

    async def remember(self, bot_id: int, session: str | None) -> None:
        """Stores a session; None deletes it."""
        ...

    async def refused(self, bot_id: int, error: TelegramError) -> None:
        """Marks a bot whose token is refused as broken."""
        ...


class Listener:
    """Listens for bots until cancelled. An error of one bot delays only that bot."""

    def __init__(self, connect: Connect, keeper: Keeper) -> None:
        self._connect = connect
        self._keeper = keeper

    async def run(self, refresh_s: float = 1.0) -> None:
        """Listens for the keeper's bots, reloading the list every `refresh_s` seconds."""
        running: dict[tuple[int, str], asyncio.Task[None]] = {}
        try:
            while True:
                wanted = {(bot.bot_id, bot.token): bot for bot in await self._keeper.bots()}
                await _end([running.pop(key) for key in list(running) if key not in wanted or running[key].done()])
                for key in wanted.keys() - running.keys():
                    running[key] = asyncio.create_task(self._receive(wanted[key]))
                await asyncio.sleep(refresh_s)
        finally:
            await _end(list(running.values()))

    async def _receive(self, bot: ListenedBot) -> None:
        """Listens for one bot until its token is refused. Sleeps for flood waits; backs off after other errors."""
        bind(bot=bot.bot_id)
        failures, clock, session = 0, asyncio.get_running_loop().time, bot.session

        async def remember(text: str) -> None:
            nonlocal session
            session = text
            await self._keeper.remember(bot.bot_id, text)

        while True:
            began = clock()
            try:
                present = ListenedBot(bot.bot_id, bot.telegram_user_id, bot.token, session)
                await self._connect(present).receive(lambda updates: self._take(bot, updates), remember)
                raise NotConnected("The connection ended.")
            except RetryAfter as error:
                log.warning("listen_rests", bot=bot.bot_id, wait_s=error.seconds)
                await asyncio.sleep(error.seconds)
                continue
            except Unauthorized as error:
                await self._insist(partial(self._keeper.refused, bot.bot_id, error))
                return
            except SessionLost as error:
                log.warning("session_lost", bot=bot.bot_id, error=str(error))
                session = None
                await self._insist(partial(self._keeper.remember, bot.bot_id, None))
            except Exception as error:
                _report_failure("listen_failed", error)
            failures = 0 if clock() - began > STEADY_S else failures
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1

    async def _take(self, bot: ListenedBot, updates: Sequence[Any]) -> None:
        """Stores the updates, retrying for ever: what is not stored now would be lost."""
        told = [found for update in updates if (found := _translate(update, bot)) is not None]
        if told:
            await self._insist(partial(self._keeper.store, bot.bot_id, told))

    async def _insist(self, act: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            try:
                return await act()
            except Exception as error:
                pause = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
                _report_failure("listen_not_stored", error, wait_s=pause)
                await asyncio.sleep(pause)
                failures += 1


def _translate(update: Any, bot: ListenedBot) -> dict[str, Any] | None:
    """Translates an update; of one that raises, only its kind is stored, for operators, and later ones go on."""
    try:
        return translate(update, bot.telegram_user_id)
    except Exception as error:
        log.error("update_untranslatable", bot=bot.bot_id, kind=kind_of(update), exc_info=error)
        kind = {"kind": kind_of(update), "error": type(error).__name__}
        return {"update_id": number_of("unread", repr(update)), "mtproto": kind}


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _report_failure(event: str, error: Exception, **keys: float) -> None:
    """Logs errors of Telegram and the network in one line, others in full."""
    if isinstance(error, TelegramError):
        log.warning(event, error=str(error), **keys)
    elif isinstance(error, OSError | EOFError):
        log.warning(event, error=type(error).__name__, **keys)
    else:
        log_error(log, event, error, **keys)
