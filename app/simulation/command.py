"""`chorus simulate`: simulates a day of a fleet in a minute, without Telegram, a model or a database."""

from __future__ import annotations

import json
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import click

from app.domain.errors import InvalidInput
from app.domain.settings import Value, parse_setting, settings_from
from app.services.traces.engine import engine_version
from app.simulation.figures import figures
from app.simulation.plan import Plan
from app.simulation.report import write_page, write_table
from app.simulation.run import Run

HOURS = click.FloatRange(0, 24 * 31, min_open=True)
BOTS = click.IntRange(1, 10_000)
NEEDS_MATPLOTLIB = (
    "an HTML report needs matplotlib, which is not installed: run `make setup-dev` in a clone, "
    "or pip install 'chorus[reports]'; --report table and --report json need nothing"
)


def read_settings(ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, Value]:
    """Parses the settings of `--set KEY=VALUE`; an invalid one is a usage error that names the key."""
    values: dict[str, Value] = {}
    for pair in pairs:
        key, _, raw = pair.partition("=")
        try:
            values[key] = parse_setting(key, raw)
        except InvalidInput as error:
            raise click.BadParameter(str(error), ctx, param) from None
    return values


@click.command("simulate", short_help="Let a made-up fleet live through a day.")
@click.option("--hours", type=HOURS, default=24.0, show_default=True, help="How long the day is.")
@click.option("--bots", type=BOTS, default=200, show_default=True, help="How many bots, each with a turn a minute.")
@click.option("--chats", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many groups.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same day.")
@click.option(
    "--people-per-hour",
    type=click.FloatRange(0, 3600),
    default=20.0,
    show_default=True,
    help="Messages an hour and chat, of their own accord, in the mean.",
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    callback=read_settings,
    help="A setting of the fleet, such as speak_probability=0.3; may be given several times.",
)
@click.option("--report", "form", type=click.Choice(["table", "json", "html"]), default="table", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the report here, not to stdout.")
def simulate(
    hours: float,
    bots: int,
    chats: int,
    seed: int,
    people_per_hour: float,
    overrides: dict[str, bool | int | float],
    form: Literal["table", "json", "html"],
    out: Path | None,
) -> None:
    """\b
    Examples:
      chorus simulate
      chorus simulate --report html --out day.html
      chorus simulate --hours 6 --set speak_probability=0.2 --report json | jq .messages

    Let a made-up fleet live through hours in seconds: the engine decides every turn as it does for real, on a virtual
    clock, with made-up people and without Telegram, a model or a database. Nothing of the installation is read or
    changed. Tells messages an hour and chat, the share of people, fairness among bots, depth of replies and reasons for
    silence.
    """
    if form == "html" and find_spec("matplotlib") is None:
        raise click.ClickException(NEEDS_MATPLOTLIB)
    plan = Plan(hours, bots, chats, seed, people_per_hour, settings_from(overrides), overrides)
    began = time.monotonic()
    click.echo(f"{hours:g} hours of {bots} bots in {chats} chats …", err=True)
    found = figures(Run(plan).live(), engine_version())
    took = time.monotonic() - began
    click.echo(f"{found['turns']['all']:,} turns in {took:.1f} s", err=True)
    _write(_render(found, form), out)


def _render(found: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps(found, indent=1)
    if form == "table":
        return write_table(found)
    return write_page(found, import_module("app.simulation.plots").draw_all(found))


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"--out {out}: {error.strerror}") from None
    click.echo(f"The report is in {out}", err=True)
