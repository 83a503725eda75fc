"""`python -m sandbox llm`: the server as a process."""

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import click
from aiohttp import web

from sandbox.announcing import announce_ready
from sandbox.journal import Journal
from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.limits import LimitPolicy
from sandbox.llm.providers import PLAIN, PresetError, Provider, Speed, built_in, find_provider
from sandbox.llm.server import create_app

SHUTDOWN_S = 1.0
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def list_presets(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    """Prints the providers that `--like` knows, and ends."""
    if wanted:
        width = max(map(len, built_in()))
        for name, provider in built_in().items():
            click.echo(f"{name:{width}}  {provider.about}")
        context.exit()


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
@click.option("--like", metavar="NAME", help="Imitate a provider; `--list` tells which.")
@click.option("--presets", type=FILE, help="TOML file of further providers, in the form of presets.toml.")
@click.option("--list", "listing", is_flag=True, is_eager=True, expose_value=False, callback=list_presets)
@click.option("--rpm", "requests_per_minute", type=click.IntRange(1), help="Requests a minute and key [500].")
@click.option("--tpm", "tokens_per_minute", type=click.IntRange(1), help="Tokens a minute and key [200000].")
@click.option("--rpd", "requests_per_day", type=click.IntRange(0), help="Requests a day and key [no limit].")
@click.option("--tpd", "tokens_per_day", type=click.IntRange(0), help="Tokens a day and key [no limit].")
@click.option("--limit", "kind", type=click.Choice(["refill", "sliding"]), help="How limits count [refill].")
@click.option("--start-empty", is_flag=True, default=None, help="With refill: begin with nothing in the bucket.")
@click.option(
    "--headers",
    type=click.Choice(["openai", "groq", "none"]),
    help="Whose x-ratelimit headers: groq's of requests speak of the day [openai].",
)
@click.option(
    "--waits",
    type=click.Choice(["seconds", "milliseconds", "date", "text", "none"]),
    help="How a 429 tells the wait [seconds].",
)
@click.option("--habit", "habits", multiple=True, metavar="KIND[=SHARE]", help="A fault that is always there.")
@click.option("--strict-model", is_flag=True, default=None, help="Refuse names that /v1/models does not list.")
@click.option("--context", type=click.IntRange(0), help="Most tokens of a prompt [no bound].")
@click.option("--slots", type=click.IntRange(0, 1024), help="Requests at once; further ones wait [no bound].")
@click.option("--shared/--unshared", default=None, help="Slots share one processor.")
@click.option("--prefill-rate", type=click.FloatRange(0), help="Tokens a second of the prompt [0: at once].")
@click.option("--decode-rate", type=click.FloatRange(0), help="Tokens a second of the answer [250; 0: at once].")
@click.option("--token-latency", type=click.FloatRange(0, 10), help="Seconds a token of the answer: 1 / decode rate.")
@click.option("--base-latency", "base_s", type=click.FloatRange(0, 600), help="Seconds before anything [0.3].")
@click.option("--obey", "obedient", is_flag=True, help="Do what messages in the prompts tell the model to do.")
def llm_command(
    host: str,
    port: int,
    journal_path: Path,
    like: str | None,
    presets: Path | None,
    obedient: bool,
    **options: Any,
) -> None:
    """Serve an OpenAI-compatible API whose sentences are made from the persona and the chat of each prompt.

    Prints one JSON line with the port once it listens; ends on SIGTERM or SIGINT. `--like` imitates a provider's
    habits, limits and speed; the other options change parts of it.
    """
    try:
        provider = alter(find_provider(like, presets) if like else PLAIN, **options)
    except (PresetError, OSError) as error:
        raise click.ClickException(f"--like {like}: {error}") from None
    try:
        asyncio.run(run_llm(host, port, journal_path, provider, obedient))
    except OSError as error:
        raise click.ClickException(
            f"--host {host} --port {port} --journal {journal_path}: {error.strerror or error}; "
            "choose another port, or a journal this user can write"
        ) from None


def alter(
    provider: Provider,
    habits: Sequence[str] = (),
    strict_model: bool | None = None,
    token_latency: float | None = None,
    **options: Any,
) -> Provider:
    """Returns the provider with what the options name changed. Raises PresetError for an unknown habit."""
    given = {name: value for name, value in options.items() if value is not None}
    if token_latency is not None:
        given.setdefault("decode_rate", 1 / token_latency if token_latency else 0.0)
    limits = {field.name: given.pop(field.name) for field in fields(LimitPolicy) if field.name in given}
    speed = {field.name: given.pop(field.name) for field in fields(Speed) if field.name in given}
    return replace(
        provider,
        limits=replace(provider.limits, **limits),
        speed=replace(provider.speed, **speed),
        habits={**provider.habits, **dict(map(_read_habit, habits))},
        any_model=provider.any_model and not strict_model,
        **given,
    )


def _read_habit(wish: str) -> tuple[FaultKind, float]:
    kind, _, share = wish.partition("=")
    try:
        found = next(one for one in get_args(FaultKind) if one == kind)
        return found, float(share or 1)
    except (StopIteration, ValueError):
        raise PresetError(f"--habit {wish}: use KIND=SHARE with one of {', '.join(get_args(FaultKind))}") from None


async def run_llm(host: str, port: int, journal_path: Path, provider: Provider, obedient: bool = False) -> None:
    """Serves until SIGTERM or SIGINT. Raises OSError when the port or the journal cannot be opened."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    journal = Journal(journal_path)
    app = create_app(journal, provider, obedient=obedient)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S)
    try:
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        journal.write("start", server="llm", port=bound, rpm=provider.limits.requests_per_minute, **describe(provider))
        announce_ready(port=bound)
        await stopping.wait()
    finally:
        await runner.cleanup()
        journal.write("stop", server="llm")
        journal.close()


def describe(provider: Provider) -> dict[str, Any]:
    """Returns the limits and speed of a provider for the journal, from which a bench knows what was possible."""
    limits, speed = provider.limits, provider.speed
    return {
        "like": provider.name,
        "tpm": limits.tokens_per_minute,
        "rpd": limits.requests_per_day,
        "slots": speed.slots,
        "shared": speed.shared,
        "prefill_rate": speed.prefill_rate,
        "decode_rate": speed.decode_rate,
        "base_s": speed.base_s,
        "context": provider.context,
    }
