"""`chorus up`: the whole stack in the foreground."""

from __future__ import annotations

import re
import shlex
import threading
from functools import partial
from pathlib import Path

import click

from app.cli.doctor.models import check_models
from app.cli.stack.composition import Composition, compose
from app.cli.stack.console import Console
from app.cli.stack.environment import find_var
from app.cli.stack.home import Home
from app.cli.stack.options import UpOptions
from app.cli.stack.screen import describe
from app.cli.stack.supervisor import supervise
from app.config import Settings
from app.domain.errors import InvalidInput

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")

EXAMPLES = """\b
Examples:
  chorus up                                  everything, on http://127.0.0.1:8080
  chorus up --web-port 9000 --var ~/chorus   another port, another data folder
  chorus up --telegram-url sandbox           no real Telegram: a local one
  DATABASE_URL=postgresql://… chorus up      your own Postgres
"""


@click.command("up", short_help="Run everything, in the foreground.")
@click.option("--var", type=click.Path(path_type=Path, file_okay=False), help="Folder of data, keys and logs [var].")
@click.option("--web-port", type=click.IntRange(1, 65535), help="Port of the admin [WEB_PORT, else 8080].")
@click.option("--telegram-url", metavar="URL|sandbox", help="Bot API server [TELEGRAM_URL, else the real one].")
@click.option(
    "--llm-url", metavar="URL|sandbox", help="OpenAI-compatible server [LLM_URL, else by the key that is set]."
)
@click.option("--tick-workers", type=click.IntRange(1), default=1, show_default=True, help="Worker nodes for ticks.")
@click.option("--io-workers", type=click.IntRange(1), default=1, show_default=True, help="Nodes that send and hear.")
@click.option("--no-flower", is_flag=True, help="Do not run Flower.")
@click.option("--no-spend", is_flag=True, help="Do not try the models by one small request each, once it is up.")
@click.option("--process", "processes", multiple=True, metavar="NAME=CMD", help="Supervise one more command.")
def up(
    var: Path | None,
    web_port: int | None,
    telegram_url: str | None,
    llm_url: str | None,
    tick_workers: int,
    io_workers: int,
    no_flower: bool,
    no_spend: bool,
    processes: tuple[str, ...],
) -> None:
    """Run Postgres, Redis, the admin, workers, beat, poller and Flower, and keep them running."""
    run_up(
        UpOptions(
            var=find_var(var),
            web_port=web_port,
            telegram_url=telegram_url,
            llm_url=llm_url,
            tick_workers=tick_workers,
            io_workers=io_workers,
            flower=not no_flower,
            spend=not no_spend,
            processes=tuple(parse_process(text) for text in processes),
        )
    )


up.help = f"{EXAMPLES}\n{up.help}"


def run_up(options: UpOptions) -> None:
    """Starts the stack and blocks until it is stopped. Raises ChorusError when it cannot run."""
    home, console, stop = Home(options.var), Console(), threading.Event()
    home.prepare()
    with home.lock():
        console.begin(f"Preparing {options.var}")
        composition = compose(options, home)
        console.end("done")
        supervise(composition.plan, partial(_tell, composition, options.spend), stop, console)


def _tell(composition: Composition, spend: bool) -> None:
    """Prints the summary, and behind it whether the models answer; the sandbox's does."""
    click.echo(describe(composition))
    if spend and not composition.llm.ports:
        threading.Thread(target=try_models, args=(composition.settings,), daemon=True).start()


def try_models(settings: Settings) -> None:
    """Prints which models answer one small request, and what to do about the others."""
    for check in check_models(settings):
        if check.status == "pass":
            click.echo(f"  Model     {check.detail}")
        elif check.status != "skipped":
            click.echo(f"  {click.style('Warning', fg='red')}   {check.detail}\n            To do: {check.fix}")


def parse_process(text: str) -> tuple[str, tuple[str, ...]]:
    """Parses NAME=CMD into a name and its argv. Raises InvalidInput naming --process."""
    name, equals, command = text.partition("=")
    try:
        argv = tuple(shlex.split(command))
    except ValueError:
        argv = ()
    if not (equals and argv and _NAME.fullmatch(name)):
        raise InvalidInput("--process", f"{text!r} must look like name=command with arguments")
    return name, argv
