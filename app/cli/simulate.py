"""`chorus simulate`: a day of a fleet in a minute, without Telegram, a model or a database."""

from __future__ import annotations

import subprocess
import sys

import click


@click.command("simulate", short_help="Let a made-up fleet live through a day.")
@click.option("--hours", type=float, default=24.0, show_default=True, help="How long the day is.")
@click.option("--bots", type=int, default=200, show_default=True, help="How many bots, each with a turn a minute.")
@click.option("--chats", type=int, default=20, show_default=True, help="How many groups.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same day.")
@click.option(
    "--people-per-hour",
    type=float,
    default=20.0,
    show_default=True,
    help="What people say of their own accord in a group, in messages an hour, in the mean.",
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="A setting of the fleet to try out; may be given several times.",
)
@click.option(
    "--report",
    "form",
    type=click.Choice(["table", "json", "html"]),
    default="table",
    show_default=True,
    help="html has plots too, and needs the extra `reports`.",
)
@click.option("--out", type=click.Path(dir_okay=False), help="Write the report to this file, not to stdout.")
def simulate(overrides: tuple[str, ...], form: str, out: str | None, **numbers: float) -> int:
    """\b
    Examples:
      chorus simulate
      chorus simulate --report html --out day.html
      chorus simulate --hours 6 --set speak_probability=0.2 --report json | jq .messages

    Let a made-up fleet live through hours in seconds: the engine decides every turn as it does for real, on a virtual
    clock, with the sandbox's people and without Telegram, a model or a database. Nothing of the installation is read or
    changed. Tells messages an hour and chat, the share of people, fairness among bots, depth of replies and reasons for
    silence.
    """
    argv = [sys.executable, "-m", "sandbox", "simulate", "--report", form]
    argv += [word for name, value in numbers.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    argv += [word for pair in overrides for word in ("--set", pair)]
    argv += ["--out", out] if out else []
    return subprocess.run(argv, check=False).returncode  # noqa: S603 - our own module, no shell
