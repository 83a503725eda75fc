"""`chorus poll`: receives updates of every bot that has no webhook, by long polling."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import click
from prometheus_client import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.telegram.updates import Poller
from app.bootstrap import build_runtime
from app.cli.installation import read_settings
from app.config import Settings
from app.logs import configure_logging
from app.services.ingest.polling import PollService
from app.services.ingest.token_leases import name_holder


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
    configure_logging(settings.log_level, settings.log_format, settings.secrets, process="poller")
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    asyncio.run(_poll_until_told(settings))


async def _poll_until_told(settings: Settings) -> None:
    """Polls until SIGTERM or SIGINT."""
    runtime = build_runtime(settings)
    service = PollService(runtime.ingest, runtime.vault, name_holder())
    poller = Poller(settings.telegram_url, settings.poll_timeout_s, service.store, service.refused, service.notice)
    work = asyncio.create_task(poller.run(service.bots))
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
