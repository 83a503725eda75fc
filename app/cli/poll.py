"""`chorus poll`: hear the chats of every bot that has no webhook, by long polling."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

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
from app.services.polling import PollService

log = structlog.get_logger()


@click.command("poll", short_help="Hear the chats by long polling.")
def poll() -> None:
    """\b
    Examples:
      chorus poll                      until SIGTERM or Ctrl-C
      TELEGRAM_URL=http://127.0.0.1:8081 chorus poll

    Poll Telegram for every active bot, one call per bot at a time. Run exactly one poller: Telegram
    allows one a token. Bots that join or leave the fleet are noticed within seconds.
    """
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    asyncio.run(_poll_until_told(settings))


class _Roster:
    """The bots to poll. While Postgres is away, those it named last."""

    def __init__(self, service: PollService) -> None:
        self._service = service
        self._last: Sequence[PolledBot] = ()

    async def bots(self) -> Sequence[PolledBot]:
        try:
            self._last = await self._service.bots()
        except SQLAlchemyError as error:
            log.warning("bots_unreadable", error=type(error).__name__)
        return self._last


async def _poll_until_told(settings: Settings) -> None:
    """Poll until SIGTERM or SIGINT."""
    runtime = build_runtime(settings)
    service = PollService(runtime.ingest, runtime.vault)
    poller = Poller(settings.telegram_url, settings.poll_timeout_s, service.store, service.refused)
    work = asyncio.create_task(poller.run(_Roster(service).bots))
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return
    finally:
        runtime.engine.dispose()
