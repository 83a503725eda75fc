"""`python -m bench retention`: the latency that deleting old rows, or a person's data, adds to messages meanwhile."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from sqlalchemy import text

from app.adapters.clock import SystemClock
from app.db import create_db_engine, create_session_factory
from app.metrics import PRUNED
from app.services.schedule.retention import REST, RetentionPorts, prune
from app.services.settings.values import SettingsReader
from app.services.work.batches import BatchPorts
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.forgetting import measure_forgetting
from bench.history import fill_finished
from bench.journal import percentile
from bench.mentions import Conditions, carry_out
from bench.rig import Rig, open_rig
from bench.statements import LONGEST_S, Statements

ON_S = 5.0
"""The deletion runs and pauses in turn, so that one run compares both under the same conditions."""

SETTLE_S = 1.0
SLOWER = 1.2
LEFT = text("""
    select (select count(*) from utterances where finished_at < now() - interval '90 days')
         + (select count(*) from messages where created_at < now() - interval '90 days')
         + (select count(*) from tick_traces where decided_at < now() - interval '14 days')
         + (select count(*) from inbox_updates where done_at < now() - interval '3 days' and outcome = 'message')
""")


@dataclass
class Pruning:
    """A deletion that runs for five seconds and pauses for five, until the measurement ends; then it runs on."""

    rig: Rig
    statements: Statements
    began: float = 0.0
    ended: float = math.inf
    watched: threading.Event = field(default_factory=threading.Event)

    def works_at(self, at: float) -> bool | None:
        """Whether it ran at a time (unix seconds), None just after it started or paused.

        None, too, in the first two turns, in which processes do things for the first time, and after the last row.
        """
        turn, into = divmod(at - self.began, ON_S)
        return None if turn < 2 or into < SETTLE_S or at > self.ended else turn % 2 == 1

    def run(self) -> None:
        sessions = create_session_factory(self.statements.engine)
        ports = RetentionPorts(BatchPorts(sessions, REST, pause=self._pause), SettingsReader(sessions), SystemClock())
        deleted = -1.0
        while deleted != (deleted := _count_deleted()):
            prune(ports)
        self.ended = time.time()

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
        while not self.watched.is_set() and (time.time() - self.began) // ON_S % 2 == 0:
            time.sleep(0.05)

    def count_left(self) -> int:
        """Rows that should be gone."""
        with self.rig.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("set statement_timeout = 0"))
            return int(connection.scalar(LEFT) or 0)

    @contextmanager
    def beside(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        self.began = time.time()
        thread.start()
        try:
            yield
        finally:
            self.watched.set()
            thread.join()


def _count_deleted() -> float:
    """How many rows this process deleted so far."""
    return sum(
        sample.value for family in PRUNED.collect() for sample in family.samples if sample.name.endswith("_total")
    )


def measure_pruning(rig: Rig, rows: int, seconds: float, journal: Path) -> list[Figure]:
    """Measures mentions for `seconds` while rows past their retention are deleted on and off; then deletes the rest."""
    sessions = create_session_factory(rig.engine)
    statements = Statements(create_db_engine(rig.environment["DATABASE_URL"]))
    pruning = Pruning(rig, statements)
    given = Conditions(mentions=int(seconds * 3), seconds=seconds, saturated=False)
    run = carry_out(rig, given, journal, lambda: fill_finished(rig.engine, sessions, rows), pruning.beside())
    waits: dict[bool | None, list[float]] = {True: [], False: [], None: []}
    for at, wait in zip(run.posted.values(), run.waits, strict=True):
        waits[pruning.works_at(at)].append(wait)
    working, resting = (percentile(sorted(waits[on]), 0.95) for on in (True, False))
    longest = max(statements.took)
    name = "prune"
    return [
        Figure(name, "finished rows", rows),
        Figure(name, "rows left past their retention", pruning.count_left(), None, Target("at most", 0)),
        Figure(name, "statements", len(statements.took)),
        Figure(name, "longest statement (s)", longest, LONGEST_S, Target("at most", LONGEST_S)),
        Figure(name, "questions while it works, while it rests", len(waits[True]), len(waits[False])),
        Figure(name, "webhook to request, p95, while it rests (s)", resting),
        Figure(name, "the same while it works (s)", working, resting, Target("at most", resting * SLOWER)),
    ]


@click.command()
@click.option("--row", "names", multiple=True, type=click.Choice(["prune", "forget"]), help="Only these rows.")
@click.option("--rows", type=click.IntRange(4000), default=2_000_000, show_default=True, help="Rows to begin with.")
@click.option("--seconds", type=click.FloatRange(30, 3600), default=300, show_default=True, help="People ask so long.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/retention.json"), show_default=True)
@click.pass_context
def retention(ctx: click.Context, names: tuple[str, ...], rows: int, seconds: float, out: Path) -> None:
    """Measure what deleting costs those who talk meanwhile.

    `prune` deletes finished rows while people ask bots; `forget` works off a /forgetme of one of a thousand people.
    Both take about fifteen minutes. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench retention
      python -m bench retention --row forget --rows 200000
    """
    figures: list[Figure] = []
    with open_rig() as rig:
        if not names or "prune" in names:
            figures += measure_pruning(rig, rows, seconds, out.parent / "retention.jsonl")
        if not names or "forget" in names:
            figures += measure_forgetting(rig, rows)
    save(out, "retention", figures, {"rows": rows, "seconds": seconds, "names": list(names) or "all"})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
