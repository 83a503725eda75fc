"""`python -m bench fuzz`: odd texts, JSON and files at every door, and the smallest that breaks one."""

from __future__ import annotations

import itertools
import logging
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import hypothesis
from hypothesis import HealthCheck, given

from app.bootstrap import build_runtime
from app.logs import configure_logging
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.rig import Rig, open_rig
from tests.fuzz.doors import DOORS, Door
from tests.fuzz.house import House, build_house

NONE = Target("at most", 0)
EXAMPLES = 200
"""Cases of a door before the next has its turn."""


@dataclass
class Tally:
    """What came to a door: cases, seconds, and the smallest case of each failure, as text."""

    cases: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


@contextmanager
def open_house(rig: Rig) -> Iterator[House]:
    """Yields an installation on the rig's servers, whose logs go nowhere but to the eye that looks for tracebacks."""
    configure_logging("INFO", "json", process="bench")
    logging.getLogger().handlers[:] = [logging.NullHandler()]
    runtime = build_runtime(rig.settings(TELEGRAM_URL="http://127.0.0.1:9", VAR_DIR=str(rig.folder)))
    try:
        yield build_house(runtime, itertools.count(10_000))
    finally:
        runtime.engine.dispose()


def try_door(house: House, door: Door, tally: Tally, examples: int) -> None:
    """Lets cases come to a door; a failing one is made as small as it gets and kept."""

    @hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    @given(case=door.cases(house))
    def come(case: Any) -> None:
        tally.cases += 1
        door.enter(house, case)

    began = time.monotonic()
    try:
        come()
    except Exception as error:  # whatever a door raises is what is looked for
        told = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
        tally.failures.append(told)
        click.echo(f"\n{door.name}:\n{told[:4000]}\n", err=True)
    tally.seconds += time.monotonic() - began


def figures_of(tallies: dict[str, Tally]) -> list[Figure]:
    """Returns the figures: cases and failures by door."""
    found: list[Figure] = []
    for name, tally in tallies.items():
        found += [
            Figure(name, "cases", tally.cases),
            Figure(name, "cases a second", tally.cases / tally.seconds if tally.seconds else 0.0),
            Figure(name, "failures", len(tally.failures), target=NONE),
        ]
    return found


@click.command("fuzz")
@click.option("--minutes", type=click.FloatRange(0, 10_000), default=60.0, show_default=True, help="How long to try.")
@click.option("--door", "names", type=click.Choice([door.name for door in DOORS]), multiple=True, help="Only this one.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/fuzz.json"), show_default=True)
@click.pass_context
def fuzz(ctx: click.Context, minutes: float, names: Sequence[str], out: Path) -> None:
    """Let strangers try every door for text, JSON and files: pages, API, commands, webhooks, updates, answers, files.

    Nothing may end in a 500 or a traceback, hold its worker for more than 2 s of CPU, or cost what stands beside it.
    The smallest input that breaks a door is printed. Exit status 1 when one was found.
    """
    warnings.filterwarnings("ignore", message="Generating overly large repr")
    chosen = [door for door in DOORS if not names or door.name in names]
    tallies = {door.name: Tally() for door in chosen}
    with open_rig() as rig, open_house(rig) as house:
        ends_at = time.monotonic() + 60 * minutes
        for door in itertools.cycle(chosen):
            try_door(house, door, tallies[door.name], EXAMPLES)
            if time.monotonic() >= ends_at and all(tally.cases for tally in tallies.values()):
                break
    found = figures_of(tallies)
    save(out, "fuzz", found, {"minutes": minutes, "doors": list(names) or "all"})
    click.echo(f"{format_table(found)}\n{summarise(found)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in found)))
