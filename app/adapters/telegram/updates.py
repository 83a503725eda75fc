"""Long polling: one process, one event loop, one pending getUpdates call per bot."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import structlog

from app.adapters.telegram.errors import translate
from app.domain.errors import RetryAfter, ServerError, TelegramError, Unauthorized
from app.domain.ingest.numbers import read_update_number
from app.domain.ingest.updates import ALLOWED_UPDATES
from app.domain.json_text import is_too_deep, storable_json
from app.domain.ports import PolledBot
from app.logs import bind
from app.outages import log_error

MARGIN_S = 10.0
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)

log = structlog.get_logger()


Store = Callable[[int, Sequence[dict[str, Any]]], Awaitable[None]]
Refused = Callable[[int, TelegramError], Awaitable[None]]


class Poller:
    """Polls bots until cancelled. `store` must have committed when it returns: only then the offset advances.

    An error of one bot, from Telegram or `store`, is retried with backoff and stops no other bot.
    """

    def __init__(self, base_url: str, timeout_s: int, store: Store, refused: Refused) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._store = store
        self._refused = refused

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
        bind(bot=bot.bot_id)
        offset, failures = bot.offset, 0
        while True:
            try:
                updates = await self._get_updates(http, bot.token, offset)
                if updates:
                    await self._store(bot.bot_id, updates)
                    offset = max(int(update["update_id"]) for update in updates) + 1
                failures = 0
            except RetryAfter as error:
                await asyncio.sleep(error.seconds)
            except Unauthorized as error:
                await self._refused(bot.bot_id, error)
                return
            except Exception as error:
                failures = min(failures + 1, len(BACKOFF_S))
                _report(error, BACKOFF_S[failures - 1])
                await asyncio.sleep(BACKOFF_S[failures - 1])

    async def _get_updates(self, http: aiohttp.ClientSession, token: str, offset: int) -> list[dict[str, Any]]:
        params = {"offset": offset, "timeout": self._timeout_s, "allowed_updates": list(ALLOWED_UPDATES)}
        async with http.post(f"{self._base_url}/bot{token}/getUpdates", json=params) as response:
            try:
                body = json.loads(await response.read())
            except (ValueError, RecursionError):
                raise ServerError(f"Telegram answered {response.status} without JSON.") from None
            result = body.get("result") if isinstance(body, dict) and body.get("ok") else None
            if response.status != 200 or not isinstance(result, list):
                raise translate(response.status, None if is_too_deep(body) else storable_json(body))
            return [update for update in result if isinstance(update, dict) and _is_numbered(update)]


def _is_numbered(update: dict[str, Any]) -> bool:
    """Returns whether an update has a number to store and to acknowledge it by; one without is logged."""
    if read_update_number(update) is not None:
        return True
    log.warning("update_unnumbered", kind=str(next(iter(update), ""))[:40])
    return False


def _report(error: Exception, wait_s: float) -> None:
    """Logs errors of Telegram and the network in one line, others (from `store`) in full."""
    if isinstance(error, TelegramError):
        log.warning("poll_failed", error=str(error), wait_s=wait_s)
    elif isinstance(error, aiohttp.ClientError | TimeoutError):
        log.warning("poll_failed", error=type(error).__name__, wait_s=wait_s)
    else:
        log_error(log, "poll_failed", error, wait_s=wait_s)
