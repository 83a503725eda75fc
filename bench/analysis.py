"""`python -m bench analysis`: CPU time of analysing a message, against the budget of ingest."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from app.adapters.exports import read_export
from app.domain.analysis.language import find_language, load_model
from app.domain.analysis.reading import Vocabulary, analyse
from app.domain.ingest.exports import BadExport
from bench.exports import CHAT_HELP, find_exports
from bench.figures import MISSED, Figure, Target, format_table, save, summarise
from bench.journal import percentile

BUDGET_MS = 0.3
"""Mean CPU milliseconds of a message: 3,000 a second on one core, ten times the highest measured ingest rate."""

FLEET = Vocabulary(
    languages=("en", "tr"),
    topics=(
        *(
            "interest rates",
            "bonds",
            "inflation",
            "coffee",
            "commodities",
            "technology",
            "chips",
            "open source",
            "BIST",
        ),
        *("altın", "enflasyon", "crypto", "regulation", "index funds", "oil", "shipping", "girişimler", "yapay zeka"),
        *(f"subject number {number}" for number in range(60)),
    ),
    watchlist=("US10Y", "TLT", "KC=F", "BRENT", "NVDA", "BIST:AKBNK", "XAUUSD", "BTCUSDT", "SPY", "BIST:THYAO", "AMD"),
)
ENGLISH = (
    "ok",
    "lol same here",
    "I think the fed will cut again, what do you all think?",
    "$NVDA and AMD look expensive after that run, should I wait?",
    "the coffee here is terrible but I love the place",
    "has anyone read the filing? interest rates are mentioned on every second page and nobody talks about it",
)
TURKISH = (
    "tamam",
    "bence de öyle",
    "faiz kararı geldi, borsa düştü, ne yapmalıyız",
    "AKBNK alınır mı sizce, bilanço iyi geldi",
    "altının gramı yine yükseldi, enflasyonun altında kalmaz diyorlardı",
    "bist bugun cok karisik, dolar da yukselirse satislar artar diye dusunuyorum ama emin degilim",
)
LONG = (" ".join([*ENGLISH, *TURKISH]) * 6)[:4096]


def read_texts(folder: Path, chat: str | None = None) -> list[str]:
    """Returns the texts of all chats exported by Telegram Desktop in a folder. Raises BadExport."""
    return [
        message.text for file in find_exports(folder) for message in read_export(file, chat).messages if message.text
    ]


def time_each(work: Callable[[str], object], texts: Sequence[str], rounds: int) -> list[float]:
    """Returns CPU milliseconds of `work` for every text, `rounds` times over, after a warm-up that fills caches."""
    for text in texts[:100]:
        work(text)
    taken = []
    for text in [*texts] * rounds:
        began = time.thread_time()
        work(text)
        taken.append((time.thread_time() - began) * 1000)
    return taken


def measure(name: str, texts: Sequence[str], rounds: int, target: Target | None) -> list[Figure]:
    """Measures the analysis of these texts, and the share of language detection in it."""
    whole = time_each(lambda text: analyse(text, FLEET), texts, rounds)
    language = time_each(lambda text: find_language(text, FLEET.languages), texts, rounds)
    mean = statistics.fmean(whole)
    return [
        Figure(name, "a message, mean (ms)", mean, BUDGET_MS, target),
        Figure(name, "a message, p99 (ms)", percentile(sorted(whole), 0.99), BUDGET_MS),
        Figure(name, "its language, mean (ms)", statistics.fmean(language), mean),
    ]


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Chat exports to read too.")
@click.option("--chat", metavar="NAME", help=CHAT_HELP)
@click.option("--rounds", type=click.IntRange(1), default=500, show_default=True, help="How often each text is read.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("var/bench/analysis.json"), show_default=True)
@click.pass_context
def analysis(ctx: click.Context, data: Path | None, chat: str | None, rounds: int, out: Path) -> None:
    """Measure the reading of single messages: at most 0.3 ms of CPU in the mean.

    Takes a few seconds. Exit status 1 when a target is missed.

    \b
    Examples:
      python -m bench analysis
      python -m bench analysis --data ../shared/data/group_chats/ubuntu-dev
    """
    try:
        texts = read_texts(data, chat) if data is not None else []
    except BadExport as error:
        raise click.UsageError(str(error)) from None
    load_model()
    target = Target("at most", BUDGET_MS)
    figures = [
        *measure("english", ENGLISH, rounds, target),
        *measure("turkish", TURKISH, rounds, target),
        *measure("4,096 characters", [LONG], max(1, rounds // 10), None),
    ]
    if data is not None:
        figures += measure(data.name, texts, 1, target)
    save(out, "analysis", figures, {"data": str(data) if data else None, "rounds": rounds})
    click.echo(f"{format_table(figures)}\n{summarise(figures)}")
    ctx.exit(int(any(figure.verdict == MISSED for figure in figures)))
