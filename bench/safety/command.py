"""`python -m bench safety`: the filter's accuracy on sources that its model was not fitted on, and its CPU time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from app.domain.safety import check_safety
from app.domain.safety.folding import unmask
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.safety.fitting import begin_at, find_thresholds, fit_model, fit_strangers
from bench.safety.texts import HARMLESS, Labelled, chats_option, read_ordinary, read_sources
from bench.threads.logs import BadExport

LEAST_REFUSED = 0.8
MOST_HARMLESS = 0.04
MOST_MS = 0.3
ROUNDS = 5


@click.command("safety")
@chats_option
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/safety.json"), show_default=True)
@click.pass_context
def safety(ctx: click.Context, chats: Path, out: Path) -> None:
    """Judge each source of bench/safety/corpus by a filter whose model was fitted on the other sources only.

    Rows give the share of bad texts that are refused, for whatever reason, and of harmless look-alikes that are, too.
    What people write in ordinary chats is judged by a model that has seen none of it, and may teach the other models.

    \b
    Examples:
      python -m bench safety
    """
    try:
        ordinary = read_ordinary(chats)
    except BadExport as error:
        raise click.UsageError(str(error)) from None
    sources = read_sources()
    texts = [one.text for source in sources.values() for one in source]
    figures = [*judge_strangers(sources, ordinary), *measure_cost(texts)]
    save(out, "safety", figures, {"texts": len(texts), "ordinary": len(ordinary)})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))


def judge_strangers(sources: Mapping[str, Sequence[Labelled]], ordinary: Sequence[Labelled]) -> Iterator[Figure]:
    """Yields two figures a source, two of all sources together, and one of ordinary chat messages."""
    texts = list(sources.values())
    strangers = fit_strangers(texts, ordinary)
    thresholds = find_thresholds(texts, strangers)
    verdicts: list[tuple[bool, bool]] = []
    for (name, held_out), stranger in zip(sources.items(), strangers, strict=True):
        model = begin_at(stranger, thresholds)
        own = [(one.reason != HARMLESS, check_safety(one.text, model=model) is not None) for one in held_out]
        yield from _shares(name, own)
        verdicts += own
    yield from _shares("all", verdicts, (Target("at least", LEAST_REFUSED), Target("at most", MOST_HARMLESS)))
    model = begin_at(fit_model(texts), thresholds)
    meant = [max(model.score(one.folded).values()) > 0 for one in ordinary]
    yield Figure("ordinary talk", "refused for its meaning", sum(meant) / len(meant), 1.0)


def _shares(
    row: str, verdicts: Sequence[tuple[bool, bool]], targets: tuple[Target | None, Target | None] = (None, None)
) -> Iterator[Figure]:
    for name, is_bad, target in (("bad refused", True, targets[0]), ("harmless refused", False, targets[1])):
        refused = [verdict for bad, verdict in verdicts if bad == is_bad]
        if refused:
            yield Figure(row, name, sum(refused) / len(refused), 1.0, target)


def measure_cost(texts: Sequence[str]) -> Iterator[Figure]:
    """Measures the mean CPU milliseconds of a judgement, and its ratio to mere folding of the text."""
    mean_ms, bare_ms = (1000 * min(_seconds(judge, texts) for _ in range(ROUNDS)) for judge in (check_safety, unmask))
    yield Figure("cost", "mean of a text (ms)", mean_ms, None, Target("at most", MOST_MS))
    yield Figure("cost", "texts a second of one core", 1000 / mean_ms, 1000 / bare_ms)


def _seconds(judge: object, texts: Sequence[str]) -> float:
    assert callable(judge)
    started = time.process_time()
    for text in texts:
        judge(text)
    return (time.process_time() - started) / len(texts)
