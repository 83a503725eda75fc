"""`python -m bench lanes`: throughput of the LLM lanes under a provider's limits, and latency of answers to people."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bench import journal
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.lane_runs import Conditions, Run, carry_out
from bench.rig import open_rig

MIDDLE = 0.8
FIRST_MINUTE_S = 60.0
USED = 0.97
ROOM_P95_S = 0.4
SATURATED_MARGIN_S = 0.3
CPU_MS = 4.0
FEWEST_ANSWERS = 20
"""With fewer samples the 95th percentile is the maximum."""

NONE = Target("at most", 0)
Measured = list[tuple[str, float, float | None, Target | None]]
"""Name, value, limit of the run in the same unit, target."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its conditions, and the function that measures the run."""

    name: str
    conditions: Conditions
    measure: Callable[[Run], Measured]


def measure_throughput(target: float | None) -> Callable[[Run], Measured]:
    """Measures prompts a minute over the middle of the run, beside what the limit of requests allows."""

    def measure(run: Run) -> Measured:
        given = run.conditions
        rate = journal.prompts_a_minute(run.requests, run.window.middle(MIDDLE))
        wanted = Target("at least", target) if target else None
        return [("prompts a minute", rate, given.requests * given.batch_size, wanted)]

    return measure


def measure_requests(run: Run) -> Measured:
    """Measures the use of the requests a minute after the first minute."""
    rate = journal.requests_a_minute(run.requests, run.window.after(FIRST_MINUTE_S))
    limit = run.conditions.requests
    return [("requests a minute", rate, limit, Target("at least", USED * limit))]


def measure_tokens(run: Run) -> Measured:
    """Measures the use of the tokens a minute after the first minute; one prompt less than the limit is full."""
    after = run.window.after(FIRST_MINUTE_S)
    limit = run.conditions.tokens
    used = journal.tokens_a_minute(run.requests, after)
    one = journal.tokens_a_prompt(run.requests)
    full = limit if math.isnan(one) else limit - one
    return [
        ("tokens a minute", used, limit, Target("at least", USED * full)),
        ("prompts a minute", journal.prompts_a_minute(run.requests, after), None, None),
    ]


def measure_wait_with_room(run: Run) -> Measured:
    """Measures the time from plan to request, while the limit would admit more."""
    waits = journal.waits(run.requests, run.planned)
    used = journal.requests_a_minute(run.requests, run.window)
    return [
        ("answers planned", len(waits), None, Target("at least", FEWEST_ANSWERS)),
        ("planned to request p95 (s)", journal.percentile(waits, 0.95), None, Target("at most", ROOM_P95_S)),
        ("planned to request, longest (s)", journal.percentile(waits, 1), None, None),
        ("requests a minute", used, run.conditions.requests, None),
    ]


def measure_wait_when_full(run: Run) -> Measured:
    """Measures the time from plan to request at the limit: one refill interval and a margin, in the next request."""
    waits = journal.waits(run.requests, run.planned)
    interval = 60 / run.conditions.requests
    longest = Target("at most", interval + SATURATED_MARGIN_S)
    ahead = journal.requests_ahead(run.requests, run.planned, SATURATED_MARGIN_S)
    return [
        ("answers planned", len(waits), None, Target("at least", FEWEST_ANSWERS)),
        ("planned to request p95 (s)", journal.percentile(waits, 0.95), None, None),
        ("planned to request, longest (s)", journal.percentile(waits, 1), None, longest),
        ("requests ahead of an answer, most", ahead, None, NONE),
        ("requests a minute", journal.requests_a_minute(run.requests, run.window), run.conditions.requests, None),
    ]


def measure_overhead(run: Run) -> Measured:
    """Measures CPU time for each prompt, from the first ones on, without start-up and without the provider."""
    warm = [sample for sample in run.cpu if sample.left <= run.conditions.prompts * 0.95]
    written = warm[0].left - warm[-1].left if warm else 0
    workers = (warm[-1].workers_s - warm[0].workers_s) * 1000 / written if written else math.nan
    servers = (warm[-1].servers_s - warm[0].servers_s) * 1000 / written if written else math.nan
    return [
        ("CPU ms a prompt", workers + servers, None, Target("at most", CPU_MS)),
        ("CPU ms a prompt, workers alone", workers, None, None),
    ]


def measure_always(run: Run) -> Measured:
    """Measures what must be zero in every run, and figures that explain the others."""
    return [
        ("429", journal.refusals(run.requests), None, NONE),
        ("answered twice", max(0, journal.answered_twice(run.requests) - run.rewritten), None, NONE),
        ("prompts without a text", run.discarded, None, NONE),
        ("prompts a request", journal.prompts_a_request(run.requests), run.conditions.batch_size, None),
        ("messages per 1,000 tokens", journal.prompts_per_1000_tokens(run.requests), None, None),
        ("requests in flight, most", journal.most_at_once(run.requests), None, None),
    ]


TOKENS = Conditions(tokens=60_000, minutes=4)
SHARED = Conditions(workers=4, minutes=4, prompts=4000)
ROWS = (
    Row("baseline", Conditions(batch_size=1, minutes=2), measure_throughput(None)),
    Row("batch20", Conditions(), measure_throughput(540)),
    Row("batch50", Conditions(batch_size=50), measure_throughput(1300)),
    Row("batch20-12ms", Conditions(token_latency=0.012), measure_throughput(540)),
    Row("tokens-60k", TOKENS, measure_tokens),
    Row("tokens-6k", replace(TOKENS, tokens=6_000), measure_tokens),
    Row("shared4-refill", SHARED, measure_requests),
    Row("shared4-sliding", replace(SHARED, limit="sliding"), measure_requests),
    Row("shared4-tokens", replace(SHARED, tokens=60_000), measure_tokens),
    Row(
        "interactive-room",
        Conditions(prompts=8000, minutes=2, requests=500, answers_every_s=1.2),
        measure_wait_with_room,
    ),
    Row("interactive-full", Conditions(minutes=3, answers_every_s=3.1), measure_wait_when_full),
    Row("overhead", Conditions(requests=6000), measure_overhead),
)


@click.command()
@click.option("--row", "names", multiple=True, type=click.Choice([row.name for row in ROWS]), help="Only these rows.")
@click.option("--prompts", type=click.IntRange(1), help="Ambient prompts planned, instead of each row's own number.")
@click.option("--minutes", type=click.FloatRange(0.1, 60), help="Longest time of a run, instead of each row's own.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/lanes.json"), show_default=True)
@click.pass_context
def lanes(ctx: click.Context, names: tuple[str, ...], prompts: int | None, minutes: float | None, out: Path) -> None:
    """Measure the LLM lanes: throughput, limits, waits of people, CPU.

    All rows take about forty minutes. Exit status 1 when a target is missed. The journals of the runs stay beside the
    file of the figures.

    \b
    Examples:
      python -m bench lanes
      python -m bench lanes --row batch20 --prompts 400
    """
    figures: list[Figure] = []
    begun = time.monotonic()
    with open_rig() as rig:
        for row in [row for row in ROWS if not names or row.name in names]:
            given = shorten(row.conditions, prompts, minutes)
            click.echo(f"{row.name}: {given.prompts} prompts, at most {given.minutes:g} minutes", err=True)
            figures += read(row, carry_out(rig, given, out.with_name(f"lanes-{row.name}.jsonl")))
    figures += compare(figures)
    save(out, "lanes", figures, {"rows": list(names) or "all", "prompts": prompts, "minutes": minutes})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    click.echo(f"Written to {out} after {(time.monotonic() - begun) / 60:.0f} minutes", err=True)
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))


def shorten(given: Conditions, prompts: int | None, minutes: float | None) -> Conditions:
    """Returns the conditions with the operator's options in place of the row's own."""
    return replace(given, prompts=prompts or given.prompts, minutes=minutes or given.minutes)


def read(row: Row, run: Run) -> list[Figure]:
    """Returns the figures of one run."""
    return [Figure(row.name, *measured) for measured in (*row.measure(run), *measure_always(run))]


def compare(figures: list[Figure]) -> list[Figure]:
    """Returns each row's prompts a minute as a multiple of the baseline's, when that was measured too."""
    rates = {figure.row: figure.value for figure in figures if figure.name == "prompts a minute"}
    base = rates.pop("baseline", math.nan)
    return [Figure(row, "times the baseline", rate / base) for row, rate in rates.items() if base > 0]
