"""`python -m sandbox report`: the report as a command."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sandbox.journal import read_journal
from sandbox.report.promises import Profile, broken_promises
from sandbox.report.report import Report, build_report
from sandbox.report.table import format_table

FINAL_STATES = frozenset({"sent", "discarded", "failed", "unknown"})
JOURNAL = click.Path(exists=True, dir_okay=False, path_type=Path)


class Moment(click.ParamType[float]):
    """A point in time: unix seconds, or ISO 8601 (UTC without a time zone)."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            return float(value)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment; give unix seconds or 2026-11-22T17:30:00Z", param, ctx)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@click.command("report", short_help="Judge a run by the sandboxes' journals.")
@click.option("--telegram-journal", type=JOURNAL, required=True)
@click.option("--llm-journal", type=JOURNAL, help="Without it nothing is told of requests to the model.")
@click.option("--from", "start", type=Moment(), help="Unix seconds or ISO 8601; default: the first event.")
@click.option("--to", "end", type=Moment(), help="Unix seconds or ISO 8601; default: the last event.")
@click.option("--settled", type=Moment(), help="Until when answers may still arrive; default: --to.")
@click.option("--format", "form", type=click.Choice(["json", "table"]), default="table", show_default=True)
@click.option("--expect", type=click.Choice(["demo", "crowd", "own"]), help="Judge by these promises.")
@click.option("--utterances-json", type=JOURNAL, help="Counts of utterances by state; unfinished ones are lost.")
@click.option("--processes-left", type=click.IntRange(0), default=0, show_default=True)
@click.option("--begun", type=Moment(), help="When the command was started; for the seconds to the first message.")
@click.option("--setup-s", type=click.FloatRange(0), help="Seconds in which the environment was made.")
@click.option("--environment-mb", type=click.IntRange(0), help="MB of the environment.")
def report_command(
    telegram_journal: Path,
    llm_journal: Path | None,
    start: float | None,
    end: float | None,
    settled: float | None,
    form: str,
    expect: Profile | None,
    utterances_json: Path | None,
    processes_left: int,
    begun: float | None,
    setup_s: float | None,
    environment_mb: int | None,
) -> None:
    """Compute what a run showed from the sandboxes' journals.

    Example: python -m sandbox report --telegram-journal t.jsonl --llm-journal l.jsonl --expect demo

    With --expect, each broken promise is a line on stderr, and the exit status is 1.
    """
    telegram_events = list(read_journal(telegram_journal))
    llm_events = list(read_journal(llm_journal)) if llm_journal else []
    times = [event["t"] for event in (*telegram_events, *llm_events)]
    begin = start if start is not None else min(times, default=0.0)
    finish = end if end is not None else max(times, default=0.0)
    if finish <= begin:
        raise click.BadParameter("is not after --from, or the journals are empty", param_hint="--to")
    report = build_report(
        telegram_events,
        llm_events,
        begin,
        finish,
        settled=settled,
        unsettled_utterances=count_unsettled(utterances_json) if utterances_json else 0,
        processes_left=processes_left,
        begun=begun,
    )
    report = replace(report, setup_s=setup_s, environment_mb=environment_mb)
    click.echo(json.dumps(report.as_json()) if form == "json" else format_table(report))
    judge(report, expect)


def judge(report: Report, expect: Profile | None) -> None:
    """Prints broken promises to stderr; exits with status 1 when there are any."""
    broken = broken_promises(report, expect) if expect else []
    for line in broken:
        click.echo(f"broken promise: {line}", err=True)
    if broken:
        raise click.exceptions.Exit(1)


def count_unsettled(path: Path) -> int:
    """Counts utterances in no final state, from a file `{"sent": 40, "ready": 1, …}`. Raises click.BadParameter."""
    try:
        counts = json.loads(path.read_text("utf-8"))
    except ValueError:
        counts = None
    if not isinstance(counts, dict) or not all(
        isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts.values()
    ):
        raise click.BadParameter(
            'must hold one JSON object of counts by state, such as {"sent": 40, "ready": 1}',
            param_hint="--utterances-json",
        )
    return sum(count for state, count in counts.items() if state not in FINAL_STATES)
