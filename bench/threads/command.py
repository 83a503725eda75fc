"""`python -m bench threads`: accuracy and CPU time of linking messages of real group chats to those they answer."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from app.domain.threads.linker import Linker, link_messages
from app.domain.threads.messages import ThreadMessage
from bench.exports import CHAT_HELP
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.threads.examples import guess_plainly
from bench.threads.logs import FIRST_JUDGED, BadExport, Log, Pairs, read_logs

DEV = Path("../shared/data/group_chats/ubuntu-dev")
LEAST_F1 = 68.0
MOST_MS = 1.0
YARDSTICK_TURNS = 40_000
YARDSTICKS = 50

Links = Mapping[int, int]
Linking = Callable[[Sequence[ThreadMessage]], Links]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of links over all logs, as in the paper: a message with two right answers counts twice."""

    right: int
    given: int
    wanted: int

    @property
    def precision(self) -> float:
        """In percent."""
        return 100 * self.right / self.given if self.given else math.nan

    @property
    def recall(self) -> float:
        """In percent."""
        return 100 * self.right / self.wanted if self.wanted else math.nan

    @property
    def f1(self) -> float:
        """Their harmonic mean, in percent."""
        return 200 * self.right / (self.given + self.wanted) if self.given + self.wanted else math.nan


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=DEV, show_default=True, help="A folder of chat exports."
)
@click.option("--chat", metavar="NAME", help=CHAT_HELP)
@click.option("--predictions", type=click.Path(path_type=Path), help="Where the links go, as JSON.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/threads.json"), show_default=True)
@click.pass_context
def threads(ctx: click.Context, data: Path, chat: str | None, predictions: Path | None, out: Path) -> None:
    """Link the messages of chat exports, and score the links where people drew some.

    DATA holds exports of Telegram Desktop, NAME.json each; NAME.links.json beside one scores its links and is never
    used to make them. PREDICTIONS gets {NAME: [[message id, id it answers or itself], …]} for messages above id 1000.

    \b
    Examples:
      python -m bench threads
      python -m bench threads --data exports --predictions links.json
    """
    try:
        logs = read_logs(data, chat)
    except BadExport as error:
        raise click.UsageError(str(error)) from None
    limit = measure_yardstick()
    links, cost = run(link_messages, logs)
    plain, plain_cost = run(link_plainly, logs)
    figures = [*describe("threads", logs, links, cost, limit), *describe("plain rule", logs, plain, plain_cost, limit)]
    if predictions:
        write_predictions(predictions, links)
    save(out, "threads", figures, {"data": str(data)})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    click.echo(f"Written to {out}", err=True)
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))


def run(linking: Linking, logs: Sequence[Log]) -> tuple[dict[str, Links], float]:
    """Returns the links of each log, and the CPU milliseconds a message."""
    linking(())
    begun = time.process_time()
    links = {log.name: linking(log.messages) for log in logs}
    spent = time.process_time() - begun
    return links, 1000 * spent / max(1, sum(len(log.messages) for log in logs))


def link_plainly(messages: Sequence[ThreadMessage]) -> Links:
    """Links by the plain rule: to the last line of the person a message names, else of its author, else a new start."""
    linker, links = Linker(), {}
    for message in messages:
        links[message.id] = message.id
        if not message.is_service:
            new = linker.arrive(message)
            old = linker.candidates(new)
            best = guess_plainly(new, old)
            answered = old[best - 1] if best else None
            links[message.id] = answered.id if answered else message.id
            linker.settle(message, new, answered)
    return links


def measure_yardstick() -> float:
    """Returns CPU milliseconds of a fixed piece of Python that took 1 ms on the machine where the limit was set.

    The fastest of many, to reduce the effect of other load.
    """
    best = math.inf
    for _ in range(YARDSTICKS):
        begun = time.process_time()
        total = 0
        for number in range(YARDSTICK_TURNS):
            total += number
        best = min(best, time.process_time() - begun)
    return 1000 * best


def score(logs: Sequence[Log], links: Mapping[str, Links]) -> Score:
    """Counts the right links in the logs that people linked."""
    judged = [(log.links, judge(links[log.name])) for log in logs if log.links is not None]
    return Score(
        right=sum(len(wanted & given) for wanted, given in judged),
        given=sum(len(given) for _, given in judged),
        wanted=sum(len(wanted) for wanted, _ in judged),
    )


def judge(links: Links) -> Pairs:
    """Returns the links that count: those of the messages above id 1000."""
    return frozenset((message, parent) for message, parent in links.items() if message >= FIRST_JUDGED)


def describe(row: str, logs: Sequence[Log], links: Mapping[str, Links], cost: float, limit: float) -> list[Figure]:
    """Returns the figures of one way of linking; scores only where there are people's links."""
    ours = row == "threads"
    figures = [Figure(row, "CPU ms a message", cost, limit, Target("at most", MOST_MS) if ours else None)]
    if any(log.links is not None for log in logs):
        found = score(logs, links)
        figures += [
            Figure(row, "precision (%)", found.precision),
            Figure(row, "recall (%)", found.recall),
            Figure(row, "F1 (%)", found.f1, target=Target("at least", LEAST_F1) if ours else None),
        ]
    return figures


def write_predictions(file: Path, links: Mapping[str, Links]) -> None:
    """Writes the links of the messages above id 1000, by export, in the order of ids."""
    body = {name: sorted(map(list, judge(own))) for name, own in links.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(body) + "\n", encoding="utf-8")
