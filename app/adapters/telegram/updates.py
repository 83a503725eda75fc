"""Long polling: one process, one event loop, one pending getUpdates call per bot."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import aiohttp
import structlog

from app.adapters.telegram.accounts import check_account
from app.adapters.telegram.errors import translate
from app.domain.errors import Conflict, RetryAfter, ServerError, TelegramError, Unauthorized, WebhookSet
from app.domain.fleet.accounts import LONG_REST_S
from app.domain.ingest.numbers import read_update_number
from app.domain.ingest.pacing import MANY_EARLY, UpdateStream
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.json_text import is_too_deep, storable_json
from app.domain.ports import PolledBot
from app.logs import bind
from app.outages import log_error

MARGIN_S = 10.0
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds to wait after one failure, after two in a row, and so on."""

log = structlog.get_logger()


Store = Callable[[int, Sequence[dict[str, Any]]], Awaitable[None]]
Refused = Callable[[int, TelegramError], Awaitable[None]]
Notice = Callable[[int, TelegramError | None], Awaitable[None]]
"""Hears of a bot's error of Telegram, and with None of each call that went well."""


async def _ignore(bot_id: int, error: TelegramError | None) -> None:
    """Hears of nothing."""


class Poller:
    """Polls bots until cancelled. `store` must have committed when it returns: only then the offset advances.

    An error of one bot, from Telegram or `store`, is retried with backoff and stops no other bot.
    """

    def __init__(self, base_url: str, timeout_s: int, store: Store, refused: Refused, notice: Notice = _ignore) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._store = store
        self._refused = refused
        self._notice = notice

    async def run(self, bots: Callable[[], Awaitable[Sequence[PolledBot]]], refresh_s: float = 1.0) -> None:
        """Polls the bots that `bots` returns, reloading the list every `refresh_s` seconds."""
        running: dict[tuple[int, str], asyncio.Task[None]] = {}
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=self._timeout_s + MARGIN_S, sock_connect=5)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            try:
                while True:
                    wanted = {(bot.bot_id, bot.token): bot for bot in await bots()}
                    self._settle(running, wanted, http)
                    await asyncio.sleep(refresh_s)
            finally:
                for task in running.values():
                    task.cancel()
                await asyncio.gather(*running.values(), return_exceptions=True)

    def _settle(
        self,
        running: dict[tuple[int, str], asyncio.Task[None]],
        wanted: dict[tuple[int, str], PolledBot],
        http: aiohttp.ClientSession,
    ) -> None:
        for key in [key for key, task in running.items() if key not in wanted or task.done()]:
            running.pop(key).cancel()
        for key, bot in wanted.items():
            if key not in running:
                running[key] = asyncio.create_task(self._poll(http, bot))

    async def _poll(self, http: aiohttp.ClientSession, bot: PolledBot) -> None:
        """Polls one bot, after its rest and once the server answered for its account, until its token is refused."""
        bind(bot=bot.bot_id)
        stream, failures, identified = UpdateStream(bot.offset), 0, False
        await asyncio.sleep(bot.rest_s)
        while True:
            try:
                if not identified:
                    await self._identify(http, bot.token)
                    identified = True
                pause = await self._hear(http, bot, stream)
                failures = 0
                await self._notice(bot.bot_id, None)
            except Unauthorized as error:
                await self._refused(bot.bot_id, error)
                return
            except Exception as error:
                failures = min(failures + 1, len(BACKOFF_S))
                pause = _wait_for(error, BACKOFF_S[failures - 1])
                if isinstance(error, TelegramError):
                    await self._notice(bot.bot_id, error)
            await asyncio.sleep(pause)

    async def _identify(self, http: aiohttp.ClientSession, token: str) -> None:
        """Raises AnotherAccount when the server takes the token for another bot's, whose updates must not be stored.

        A server that knows no getMe is polled all the same.
        """
        try:
            check_account(token, await self._call(http, token, "getMe", {}))
        except ServerError:
            return

    async def _hear(self, http: aiohttp.ClientSession, bot: PolledBot, stream: UpdateStream) -> float:
        """Waits for updates and stores them; returns the seconds to wait before the next call."""
        began = time.monotonic()
        params = {"offset": stream.offset, "timeout": self._timeout_s, "allowed_updates": list(ALLOWED_UPDATES)}
        result = await self._call(http, bot.token, "getUpdates", params)
        if not isinstance(result, list):
            raise ServerError("Telegram's answer to getUpdates is no list of updates.")
        updates = stream.pick_new([update for update in result if _is_numbered(update)])
        if updates:
            await self._store(bot.bot_id, updates)
            stream.accept(updates)
        pause = stream.pause_after(time.monotonic() - began, brought=bool(updates))
        if stream.early == MANY_EARLY and self._timeout_s:
            log.warning("poll_answered_early", wait_s=pause, fix="check TELEGRAM_URL: its server does not wait")
        return pause

    async def _call(self, http: aiohttp.ClientSession, token: str, method: str, params: Mapping[str, Any]) -> Any:
        """Makes one call and returns its result. Raises TelegramError, or an error of aiohttp."""
        async with http.post(f"{self._base_url}/bot{token}/{method}", json=params) as response:
            try:
                body = json.loads(await response.read())
            except (ValueError, RecursionError):
                raise ServerError(f"Telegram answered {response.status} without JSON.") from None
            if response.status == 200 and isinstance(body, dict) and body.get("ok") is True:
                return body.get("result")
            error = translate(response.status, None if is_too_deep(body) else storable_json(body))
            raise WebhookSet(str(error)) if isinstance(error, Conflict) and "webhook" in str(error).lower() else error


def _is_numbered(update: Any) -> bool:
    """Returns whether an update has a number to store and to acknowledge it by; one without is logged."""
    if isinstance(update, dict) and read_update_number(update) is not None:
        return True
    log.warning("update_unnumbered", kind=str(next(iter(update), "") if isinstance(update, dict) else "")[:40])
    return False


def _wait_for(error: Exception, backoff_s: float) -> float:
    """Returns seconds to wait after an error, which is logged unless Telegram only asks for a short rest."""
    wait_s = max(error.seconds, backoff_s) if isinstance(error, RetryAfter) else backoff_s
    if isinstance(error, RetryAfter):
        if wait_s > LONG_REST_S:
            log.warning("poll_rests", error=str(error), wait_s=wait_s)
    elif isinstance(error, TelegramError):
        log.warning("poll_failed", error=str(error), wait_s=wait_s)
    elif isinstance(error, aiohttp.ClientError | TimeoutError):
        log.warning("poll_failed", error=type(error).__name__, wait_s=wait_s)
    else:
        log_error(log, "poll_failed", error, wait_s=wait_s)
    return wait_s
