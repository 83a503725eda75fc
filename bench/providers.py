"""`python -m bench providers`: how prompts fare with each provider that the sandbox can imitate."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from app.adapters.clock import SystemClock
from app.cli.stack.ports import find_free
from app.db import create_session_factory
from app.domain.lanes.lane import MOST_IN_FLIGHT
from app.repositories.lanes import lanes
from app.services.providers.troubles import list_troubles
from bench import crowd
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.rig import Rig, open_rig
from sandbox.journal import read_journal
from sandbox.llm.providers import built_in

BATCHES = (1, 5, 20)
LOOK_S = 0.5
MOST_FAILURES = 5
"""Failed requests before the dashboard says what is wrong."""

SILENT = frozenset({"no-money", "no-money-deepseek", "usage-limit", "wrong-model", "wrong-key"})
"""Presets of providers that answer nobody: what counts is how soon that is told."""


@dataclass(frozen=True, slots=True)
class Case:
    """A provider, the most prompts a request, and whether answers are streamed."""

    preset: str
    batch: int
    streamed: bool

    @property
    def name(self) -> str:
        """Returns its name in the table."""
        return f"{self.preset}, {self.batch}{', streamed' if self.streamed else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. Times are unix seconds; `told_after` counts the failed requests before the trouble was told,
    None when none was.
    """

    case: Case
    started: float
    ended: float
    written: int
    discarded: int
    start: dict[str, Any]
    requests: Sequence[dict[str, Any]]
    told_after: int | None


def carry_out(rig: Rig, case: Case, prompts: int, seconds: float, journal: Path) -> Outcome:
    """Lets a worker answer prompts of many bots by an imitated provider, until all are written or the time is up.

    Servers that an operator has at home are taken for such; the others, which stand for far ones, take many requests.
    """
    port = find_free()
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    rig.empty()
    crowd.seed_prompts(rig.engine, prompts, spare_bots=0)
    variables = {
        "LLM_URL": f"http://127.0.0.1:{port}/v1",
        "LLM_BATCH_SIZE": str(case.batch),
        "LLM_STREAM": str(int(case.streamed)),
        "LLM_MAX_IN_FLIGHT": "0" if built_in()[case.preset].speed.slots else str(MOST_IN_FLIGHT),
    }
    told_after = None
    sessions, clock = create_session_factory(rig.engine), SystemClock()
    with ExitStack() as stack:
        stack.enter_context(rig.workers(1, variables))
        stack.enter_context(rig.llm_sandbox(port, journal.absolute(), ("--like", case.preset)))
        started = time.time()
        while time.time() < started + seconds and crowd.count_unwritten(rig.engine, "ambient"):
            with sessions() as session:
                waiting = lanes.waiting_lanes(session, clock.now())
            for lane in waiting:
                rig.queue.nudge_generation(lane)
            if told_after is None and list_troubles(sessions, clock):
                told_after = sum(event["status"] != 200 for event in _requests(journal))
            time.sleep(LOOK_S)
        ended = time.time()
    events = read_journal(journal)
    discarded = crowd.count_discarded(rig.engine)
    return Outcome(
        case=case,
        started=started,
        ended=ended,
        written=prompts - crowd.count_unwritten(rig.engine, "ambient") - discarded,
        discarded=discarded,
        start=next(event for event in events if event["event"] == "start"),
        requests=[event for event in events if event["event"] == "request"],
        told_after=told_after,
    )


def measure(outcome: Outcome) -> list[Figure]:
    """Returns the figures of one run."""
    row = outcome.case.name
    failed = sum(event["status"] != 200 for event in outcome.requests)
    if outcome.case.preset in SILENT:
        told = math.inf if outcome.told_after is None else float(outcome.told_after)
        return [
            Figure(row, "failed requests before it was told", told, target=Target("at most", MOST_FAILURES)),
            Figure(row, "failed requests", failed),
        ]
    ended = outcome.written + outcome.discarded
    answered = [event for event in outcome.requests if event["outcome"] == "answered"]
    paid = sum(event["paid"] for event in outcome.requests)
    wasted = paid - sum(event["paid"] for event in answered)
    half = (outcome.started + outcome.ended) / 2
    late = [event for event in outcome.requests if event["t0"] > half]
    late_messages = sum(event["prompts"] for event in late if event["outcome"] == "answered")
    figures = [
        Figure(row, "messages of prompts", outcome.written, ended, Target("at least", math.ceil(0.99 * max(1, ended)))),
        Figure(row, "requests a message, later half", _share(len(late), late_messages), target=Target("at most", 1.1)),
        Figure(row, "paid tokens wasted (share)", _share(wasted, paid), target=Target("at most", 0.02)),
        Figure(row, "first answer (s)", min((event["t"] for event in answered), default=math.inf) - outcome.started),
        Figure(row, "failed requests", failed),
    ]
    return [*figures, *_measure_use(row, outcome)]


def _measure_use(row: str, outcome: Outcome) -> list[Figure]:
    """Returns how much of the time the processor worked on what it was paid for, where it has a rate."""
    prefill, decode = outcome.start["prefill_rate"], outcome.start["decode_rate"]
    if not (prefill and decode and outcome.start["shared"]):
        return []
    busy = sum(event["read"] / prefill + event["written"] / decode for event in outcome.requests if not event["left"])
    share = busy / (outcome.ended - outcome.started)
    target = Target("at least", 0.85) if outcome.case.batch == 1 else None
    return [Figure(row, "processor's time used (share)", share, 1.0, target)]


def _requests(journal: Path) -> list[dict[str, Any]]:
    return [event for event in read_journal(journal) if event["event"] == "request"]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


@click.command()
@click.option("--like", "names", multiple=True, help="Only these providers.")
@click.option("--batch", "batches", multiple=True, type=click.IntRange(1, 100), help="Only these sizes [1, 5, 20].")
@click.option("--plain", is_flag=True, help="Only whole answers, not streamed ones.")
@click.option("--prompts", type=click.IntRange(1), default=200, show_default=True, help="Prompts that wait.")
@click.option("--for", "seconds", type=click.FloatRange(5, 600), default=60.0, show_default=True, help="Of each run.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/providers.json"), show_default=True)
@click.pass_context
def providers(
    ctx: click.Context,
    names: tuple[str, ...],
    batches: tuple[int, ...],
    plain: bool,
    prompts: int,
    seconds: float,
    out: Path,
) -> None:
    """Measure how prompts fare with every provider that the sandbox can imitate.

    All of them take about three hours. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench providers --like deepseek --like gpt-5 --batch 5 --plain
    """
    cases = [
        Case(name, batch, streamed)
        for name in built_in()
        if not names or name in names
        for batch in batches or BATCHES
        for streamed in ((False,) if plain else (False, True))
    ]
    if not cases:
        raise click.BadParameter("names no provider; `python -m sandbox llm --list` tells them", param_hint="--like")
    figures: list[Figure] = []
    with open_rig() as rig:
        for case in cases:
            click.echo(case.name, err=True)
            found = measure(carry_out(rig, case, prompts, seconds, out.with_name("providers.jsonl")))
            click.echo(format_table(found), err=True)
            figures += found
    save(out, "providers", figures, {"like": list(names) or "all", "prompts": prompts, "seconds": seconds})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
