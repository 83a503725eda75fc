"""`python -m sandbox llm`: the server as a process."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import click
from aiohttp import web

from sandbox.announcing import announce_ready
from sandbox.journal import Journal
from sandbox.llm.completions import Latency
from sandbox.llm.limits import LimitPolicy
from sandbox.llm.server import create_app
from sandbox.llm.wire import HeaderStyle

SHUTDOWN_S = 1.0


@click.command("llm", short_help="Serve an OpenAI-compatible API that is not a model.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8083, show_default=True, help="0 takes a free one.")
@click.option(
    "--journal",
    "journal_path",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to append what happens to.",
)
@click.option(
    "--rpm",
    "requests_per_minute",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    help="Requests a minute and key.",
)
@click.option(
    "--tpm",
    "tokens_per_minute",
    type=click.IntRange(1),
    default=200_000,
    show_default=True,
    help="Tokens a minute and key.",
)
@click.option(
    "--rpd", "requests_per_day", type=click.IntRange(0), default=0, help="Requests a day and key; without it no limit."
)
@click.option(
    "--tpd", "tokens_per_day", type=click.IntRange(0), default=0, help="Tokens a day and key; without it no limit."
)
@click.option("--limit", "kind", type=click.Choice(["refill", "sliding"]), default="refill", show_default=True)
@click.option("--start-empty", is_flag=True, help="With refill: begin with nothing in the bucket.")
@click.option(
    "--headers",
    type=click.Choice(["openai", "groq"]),
    default="openai",
    show_default=True,
    help="Whose x-ratelimit headers: groq's of requests speak of the day.",
)
@click.option("--obey", "obedient", is_flag=True, help="Do what messages in the prompts tell the model to do.")
@click.option("--base-latency", type=click.FloatRange(0, 600), default=0.3, show_default=True, help="Seconds.")
@click.option("--token-latency", type=click.FloatRange(0, 10), default=0.004, show_default=True, help="Seconds.")
def llm_command(
    host: str,
    port: int,
    journal_path: Path,
    headers: HeaderStyle,
    obedient: bool,
    base_latency: float,
    token_latency: float,
    **policy: Any,
) -> None:
    """Serve an OpenAI-compatible API whose sentences are made from the persona and the chat of each prompt.

    Prints one JSON line with the port once it listens; ends on SIGTERM or SIGINT.
    """
    latency = Latency(base_latency, token_latency)
    try:
        asyncio.run(run_llm(host, port, journal_path, LimitPolicy(**policy), latency, headers, obedient))
    except OSError as error:
        raise click.ClickException(
            f"--host {host} --port {port} --journal {journal_path}: {error.strerror or error}; "
            "choose another port, or a journal this user can write"
        ) from None


async def run_llm(
    host: str,
    port: int,
    journal_path: Path,
    policy: LimitPolicy,
    latency: Latency,
    headers: HeaderStyle = "openai",
    obedient: bool = False,
) -> None:
    """Serves until SIGTERM or SIGINT. Raises OSError when the port or the journal cannot be opened."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    journal = Journal(journal_path)
    app = create_app(journal, policy, latency, headers=headers, obedient=obedient)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S)
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        journal.write("start", server="llm", port=bound, rpm=policy.requests_per_minute)
        announce_ready(port=bound)
        await stopping.wait()
    finally:
        await runner.cleanup()
        journal.write("stop", server="llm")
        journal.close()
