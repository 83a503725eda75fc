"""`chorus listen`: receives the messages of every bot's chats over MTProto, with Telethon."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import click
from prometheus_client import start_http_server
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.telegram.listener import Listener
from app.adapters.telegram.mtproto_client import MtprotoConnection
from app.bootstrap import build_runtime
from app.cli.installation import read_settings
from app.config import Settings
from app.domain.errors import ConfigError
from app.domain.ports import ListenedBot
from app.logs import configure_logging
from app.services.ingest.listening import ListenService
from app.services.ingest.token_leases import name_holder


@click.command("listen", short_help="Hear the chats over MTProto (Telethon).")
def listen() -> None:
    """\b
    Examples:
      chorus telegram mode telethon && chorus listen     until SIGTERM or Ctrl-C
      chorus up --process "listener=chorus listen"       beside everything else

    Hear Telegram over MTProto for every bot while `chorus telegram mode` is telethon, with the bots' own tokens and the
    application of TELEGRAM_API_ID and TELEGRAM_API_HASH (my.telegram.org/apps). Sending stays with the Bot API. What
    came while no listener ran is caught up with. A second listener stands by.
    """
    settings = read_settings()
    application = read_application(settings)
    configure_logging(settings.log_level, settings.log_format, settings.secrets, process="listener")
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.metrics_host)
    asyncio.run(_listen_until_told(settings, *application))


def read_application(settings: Settings) -> tuple[int, str]:
    """Returns the application's id and hash. Raises ConfigError when one is missing."""
    if settings.telegram_api_id is None or settings.telegram_api_hash is None:
        missing = [name for name in ("telegram_api_id", "telegram_api_hash") if getattr(settings, name) is None]
        raise ConfigError([f"{name.upper()}: is missing; my.telegram.org/apps gives it" for name in missing])
    return settings.telegram_api_id, settings.telegram_api_hash.get_secret_value()


async def _listen_until_told(settings: Settings, api_id: int, api_hash: str) -> None:
    """Listens until SIGTERM or SIGINT."""

    def connect(bot: ListenedBot) -> MtprotoConnection:
        return MtprotoConnection(bot, api_id, api_hash)

    runtime = build_runtime(settings)
    service = ListenService(runtime.ingest, runtime.vault, name_holder())
    work = asyncio.create_task(Listener(connect, service).run())
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
