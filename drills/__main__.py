"""`python -m drills random|soak`. Status 0: every promise kept; 1: one was broken; 2: the drill could not run."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from app.cli.doors import guard
from bench.figures import describe_machine
from drills.evidence import NAME
from drills.faults import SINGLE
from drills.random_drill import run_random_drill
from drills.recovery import format_recoveries, plot
from drills.soak import BOTS, Soak, run_soak
from drills.stack import DrillError

RESULTS = Path("var/soak")
FORM = click.Choice(["table", "json"])


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def drills() -> None:
    """Hurt a whole stack of real processes on purpose, and see what people in the chats notice."""


@drills.command("random", short_help="Everything that can happen, by chance.")
@click.option("--for", "seconds", type=click.FloatRange(60), default=300.0, show_default=True, help="Seconds.")
@click.option("--report", "form", type=FORM, default="table", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same order.")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the run in this folder, whatever its end."
)
def random_command(seconds: float, form: str, seed: int, keep: Path | None) -> None:
    """\b
    Example:
      make faults ARGS="--for 300 --report json"

    Kill processes, flush and restart Redis, restart Postgres and take it away, trouble Telegram: all of it, in an order
    drawn by chance, while 24 bots talk in six chats. The report is made from what the sandboxes saw.
    """
    with folder_of(keep) as folder:
        verdict = run_random_drill(folder, seconds, seed, lambda words: click.echo(words, err=True))
        figures = verdict.as_json()
        click.echo(json.dumps(figures) if form == "json" else "\n".join(f"{k:26} {v}" for k, v in figures.items()))
        end_with(verdict.broken())


@drills.command("soak", short_help="One fault after another, each with time to recover.")
@click.option("--for", "seconds", type=click.FloatRange(60), default=3600.0, show_default=True, help="Seconds.")
@click.option("--bots", type=click.IntRange(2, 600), default=BOTS, show_default=True, help="Bots, two a chat.")
@click.option("--only", type=click.IntRange(0, len(SINGLE)), default=len(SINGLE), help="So many of the faults.")
@click.option("--report", "form", type=FORM, default="table", show_default=True)
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the run in this folder, whatever its end."
)
def soak_command(seconds: float, bots: int, only: int, form: str, keep: Path | None) -> None:
    """\b
    Example:
      make soak ARGS="--report json"

    Let a fleet talk for an hour, hurt it by one fault after another, and compare the messages a minute before each
    with those of the second to fourth minute after it. Writes var/soak/soak.json and var/soak/recovery.svg.
    """
    with folder_of(keep) as folder:
        soak = run_soak(folder, seconds, bots, SINGLE[:only], lambda words: click.echo(words, err=True))
        report_soak(soak, seconds, bots, form)
        end_with(soak.broken())


def report_soak(soak: Soak, seconds: float, bots: int, form: str) -> None:
    """Writes and prints the figures of a soak."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    figures = {"at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "machine": describe_machine()}
    figures |= {"seconds": seconds, "bots": bots, **soak.as_json()}
    (RESULTS / "soak.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    plot(RESULTS / "recovery.svg", soak.injections, soak.sent)
    if form == "json":
        click.echo(json.dumps(figures))
    else:
        click.echo(format_recoveries(soak.recoveries))
        click.echo("\n".join(f"{key:26} {value}" for key, value in figures.items() if not isinstance(value, list)))


@contextmanager
def folder_of(keep: Path | None) -> Iterator[Path]:
    """Yields a new folder for a run. It is deleted at the end, unless it is to be kept or the run failed."""
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise click.BadParameter(f"{keep} is not empty: name a new folder", param_hint="--keep")
    folder = keep.absolute() if keep is not None else Path(tempfile.mkdtemp(prefix="chorus-drill-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        yield folder
    except Exception:
        click.echo(f"journals, logs and data of this run are kept: {folder}", err=True)
        if (folder / NAME).exists():
            click.echo(f"what is known of what was said twice: {folder / NAME}", err=True)
        raise
    except BaseException:  # somebody ended it
        _remove(folder, keep)
        raise
    _remove(folder, keep)


def _remove(folder: Path, keep: Path | None) -> None:
    if keep is None:
        shutil.rmtree(folder, ignore_errors=True)


def end_with(broken: list[str]) -> None:
    """Prints broken promises to stderr; raises Exit with status 1 when there are any."""
    for words in broken:
        click.echo(f"broken promise: {words}", err=True)
    if broken:
        raise click.exceptions.Exit(1)


def _end(number: int, frame: FrameType | None) -> None:
    """Handles SIGTERM like Ctrl-C, so that every process ends."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    try:
        guard(drills)(prog_name="python -m drills")
    except DrillError as error:
        click.echo(f"the drill could not go on: {error}", err=True)
        sys.exit(2)
