"""`python -m sandbox telegram`: the Telegram sandbox as a process."""

import asyncio
import signal
from pathlib import Path

import click

from sandbox.announcing import announce_ready
from sandbox.telegram.server import serve_telegram

PORT = click.IntRange(0, 65535)


async def _serve_until_signal(host: str, port: int, control_port: int, journal_path: Path) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with serve_telegram(journal_path, host=host, port=port, control_port=control_port) as ports:
        announce_ready(port=ports.port, control_port=ports.control_port)
        await stopped.wait()


def run_telegram(host: str, port: int, control_port: int, journal_path: Path) -> None:
    """Serves until SIGTERM or SIGINT. Prints one JSON line, with the ports, once both listen.

    Raises OSError when a port is taken or the journal cannot be written.
    """
    asyncio.run(_serve_until_signal(host, port, control_port, journal_path))


@click.command("telegram")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8081, show_default=True, help="Bot API port; 0 takes a free one.")
@click.option(
    "--control-port", type=PORT, default=8082, show_default=True, help="Control API port; 0 takes a free one."
)
@click.option(
    "--journal",
    "journal_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File of events (JSONL). An existing one is continued: bots, chats and messages come back.",
)
def telegram_command(host: str, port: int, control_port: int, journal_path: Path) -> None:
    """Run a local Telegram Bot API. It is not Telegram, and nothing sent to it reaches Telegram.

    Example: python -m sandbox telegram --port 8081 --control-port 8082 --journal var/telegram.jsonl
    """
    try:
        run_telegram(host, port, control_port, journal_path)
    except OSError as error:
        raise click.ClickException(
            f"{error.strerror or error}; choose other ports with --port and --control-port (0 takes a free one) and "
            "a --journal that can be written"
        ) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
