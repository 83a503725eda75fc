"""`chorus poll`: hear the chats of every bot that has no webhook, by long polling."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import suppress

import click
import structlog
from prometheus_client import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.telegram.updates import Poller
from app.bootstrap import build_runtime
from app.cli.installation import read_settings
from app.config import Settings
from app.domain.ports import PolledBot
from app.logs import configure_logging
from app.services.ingest.polling import LEASE_S, RENEW_S, PollService, name_poller

log = structlog.get_logger()


@click.command("poll", short_help="Hear the chats by long polling.")
def poll() -> None:
    """\b
    Examples:
      chorus poll                      until SIGTERM or Ctrl-C
      TELEGRAM_URL=http://127.0.0.1:8081 chorus poll

    Poll Telegram for every bot while `chorus telegram mode` is poll, one call per bot at a time. Telegram
    allows one poller a token: a second one leaves the tokens of the first alone and takes over when it ends.
    Bots that join or leave the fleet, and another mode, are noticed within seconds.
    """
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    asyncio.run(_poll_until_told(settings))


class _Roster:
    """The bots to poll. While Postgres is away, those it named last, for as long as their leases last."""

    def __init__(self, service: PollService) -> None:
        self._service = service
        self._last: Sequence[PolledBot] = ()
        self._until = 0.0

    async def bots(self) -> Sequence[PolledBot]:
        asked = time.monotonic()
        try:
            self._last = await self._service.bots()
            self._until = asked + LEASE_S - RENEW_S
        except SQLAlchemyError as error:
            log.warning("bots_unreadable", error=type(error).__name__)
        return self._last if time.monotonic() < self._until else ()


async def _poll_until_told(settings: Settings) -> None:
    """Poll until SIGTERM or SIGINT."""
    runtime = build_runtime(settings)
    service = PollService(runtime.ingest, runtime.vault, name_poller())
    poller = Poller(settings.telegram_url, settings.poll_timeout_s, service.store, service.refused)
    work = asyncio.create_task(poller.run(_Roster(service).bots))
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return
    finally:
        with suppress(SQLAlchemyError):
            service.release()
        runtime.engine.dispose()
