"""`chorus bot` and `chorus chat`: adding bots and groups without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TextIO

import click

from app.bootstrap import Runtime, build_runtime
from app.cli.installation import read_settings
from app.cli.stack.checks import check_database
from app.domain.errors import InvalidInput
from app.repositories.fleet.personas import PersonaData
from app.services import fleet
from app.services.fleet.checks import parse_budget
from app.services.fleet.finding import find_bot_id

HOURS_HELP = "such as 09:00-17:30; may be given several times"
BUDGET_HELP = "US dollars it may cost in a UTC day; 0 sets no limit [the Settings page's default]."


def read_budget(ctx: click.Context, param: click.Parameter, value: str | None) -> Decimal | None:
    """Parses the amount of `--budget`; an invalid one is a usage error."""
    try:
        return parse_budget(value or "")
    except InvalidInput as error:
        raise click.BadParameter(error.message, ctx, param) from None


@contextmanager
def open_runtime() -> Iterator[Runtime]:
    """Opens the Runtime of the installation. Raises ConfigError, or Unreachable when Postgres does not answer."""
    settings = read_settings()
    check_database(settings.database_url)
    runtime = build_runtime(settings)
    try:
        yield runtime
    finally:
        runtime.close()


@click.group("bot", short_help="Take on a bot.")
def bot() -> None:
    """\b
    Examples:
      chorus bot add --token-file token.txt --tone "dry and exact" --topic rates --topic bonds
      pass show telegram/ada | chorus bot add --token-file - --tone "warm host"

    The bots of the fleet. The admin's Bots page does the same and more.
    """


@bot.command("add", short_help="Check a token with Telegram and take its bot on.")
@click.option(
    "--token-file",
    type=click.File(errors="replace"),
    required=True,
    help="File with the token of @BotFather; - reads stdin.",
)
@click.option("--tone", required=True, help="How the persona sounds.")
@click.option("--style", default="", help="How the persona builds its sentences.")
@click.option("--language", default="en", show_default=True)
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of its active hours.")
@click.option("--active", multiple=True, metavar="HOURS", help=f"When it is awake, {HOURS_HELP} [always].")
@click.option("--prime", multiple=True, metavar="HOURS", help=f"When it is at its liveliest, {HOURS_HELP}.")
@click.option("--topic", "topics", multiple=True, help="What it talks about; may be given several times.")
@click.option("--example", "examples", multiple=True, help="A line that sounds like it; may be given up to five times.")
@click.option("--budget", "budget_usd", metavar="USD", callback=read_budget, help=BUDGET_HELP)
def add_bot(
    token_file: TextIO,
    tone: str,
    style: str,
    language: str,
    timezone: str,
    active: tuple[str, ...],
    prime: tuple[str, ...],
    topics: tuple[str, ...],
    examples: tuple[str, ...],
    budget_usd: Decimal | None,
) -> None:
    """Take on the bot of a token. The token is never an argument: other users of a machine can read those."""
    persona = PersonaData(
        tone=tone,
        style=style,
        language=language,
        timezone=timezone,
        active=active,
        prime=prime,
        topics=topics,
        examples=examples,
    )
    form = fleet.NewBot(token=token_file.read().strip(), persona=persona, daily_budget_usd=budget_usd)
    with open_runtime() as runtime:
        made = fleet.create_bot(
            runtime.sessions,
            runtime.telegram,
            runtime.vault,
            form,
            clock=runtime.clock,
            shards=runtime.settings.shards,
        )
    click.echo(f"{made.bot.id} @{made.bot.username} {made.bot.display_name}")
    for warning in made.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo("Next: chorus chat add ID --title NAME --bot " + str(made.bot.id), err=True)


@click.group("chat", short_help="Make a group known.")
def chat() -> None:
    """\b
    Examples:
      chorus chat add -- -1001234567890 --title "Markets" --bot @ada_bot --enable

    The groups of the fleet. The admin's Chats page does the same and more.
    """


@chat.command("add", short_help="Make a supergroup known.", context_settings={"ignore_unknown_options": True})
@click.argument("telegram_chat_id")
@click.option("--title", default="", help="Name of the group [what Telegram tells a bot that is in it].")
@click.option("--language", default="en", show_default=True)
@click.option("--topic", "topics", multiple=True, help="What the group is about; may be given several times.")
@click.option("--timezone", default="UTC", show_default=True, help="Time zone of its quiet hours.")
@click.option("--quiet", multiple=True, metavar="HOURS", help=f"When no bot speaks there, {HOURS_HELP}.")
@click.option("--bot", "bots", multiple=True, help="A bot that is in the group: its number, @username or name.")
@click.option("--enable", is_flag=True, help="Let bots speak there at once.")
@click.option("--budget", "budget_usd", metavar="USD", callback=read_budget, help=BUDGET_HELP)
@click.option("--own-requests", is_flag=True, help="Never share an LLM request with other chats; costs more.")
def add_chat(
    telegram_chat_id: str,
    title: str,
    language: str,
    topics: tuple[str, ...],
    timezone: str,
    quiet: tuple[str, ...],
    bots: tuple[str, ...],
    enable: bool,
    budget_usd: Decimal | None,
    own_requests: bool,
) -> None:
    """Make the supergroup TELEGRAM_CHAT_ID (such as -1001234567890) known."""
    form = fleet.NewChat(
        telegram_chat_id,
        title,
        language,
        topics,
        enabled=enable,
        shares_requests=not own_requests,
        daily_budget_usd=budget_usd,
        timezone=timezone,
        quiet=quiet,
    )
    with open_runtime() as runtime:
        form = replace(form, bot_ids=tuple(find_bot_id(runtime.sessions, name) for name in bots))
        made = fleet.create_chat(runtime.sessions, runtime.telegram, runtime.vault, form)
    click.echo(f"{made.chat.id} {made.chat.telegram_chat_id} {made.chat.title} ({made.chat.status})")
    for warning in made.warnings:
        click.echo(f"Warning: {warning}", err=True)
