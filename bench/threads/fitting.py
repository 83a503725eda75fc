"""`python -m bench fit-threads`: fits the weights of the thread model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from app.domain.threads import network
from app.domain.threads.network import Layer, Model
from bench.threads.descent import fit, share_right
from bench.threads.examples import count_words, describe_logs
from bench.threads.logs import BadExport, Log, read_logs

TRAIN = Path("../shared/data/group_chats/ubuntu-train")
WEIGHTS = Path(network.__file__).with_name("weights.json")
HELD_OUT_EVERY = 7
NETWORKS = 2
DIGITS = 4
"""Significant digits of each number in the file."""


@click.command("fit-threads")
@click.option("--data", type=click.Path(path_type=Path), default=TRAIN, show_default=True, help="Exports with links.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=WEIGHTS, help="Default: the model of the package.")
def fit_threads(data: Path, seed: int, out: Path) -> None:
    """Fit the thread model on linked chat exports, every seventh of them held out. Takes about ten minutes.

    A first network learns from a history that the plain rule has linked; it then links the history that the networks
    of the model learn from, so that they know the mistakes they will build on.
    """
    try:
        logs = [log for log in read_logs(data) if log.links]
    except BadExport as error:
        raise click.ClickException(str(error)) from None
    if len(logs) < HELD_OUT_EVERY:
        raise click.ClickException(
            f"{data} holds {len(logs)} exports with links; fitting wants at least {HELD_OUT_EVERY}"
        )
    model, share = fit_model(logs, seed)
    out.write_text(format_model(model), encoding="utf-8")
    click.echo(f"{share:.2%} of the messages held out are linked rightly. Written to {out}")


def fit_model(logs: Sequence[Log], seed: int) -> tuple[Model, float]:
    """Returns the model, and the share of held-out messages that it links correctly, given its own history."""
    held_out = logs[HELD_OUT_EVERY // 2 :: HELD_OUT_EVERY]
    learned = [log for log in logs if log not in held_out]
    model, share = Model((), *count_words(learned)), 0.0
    for networks in (1, NETWORKS):
        click.echo(f"Linking the history of {len(learned)} exports, and fitting {networks} networks to it", err=True)
        examples = describe_logs(learned, model)
        fitted = tuple(fit(examples, seed + number) for number in range(networks))
        model = replace(model, networks=fitted)
        share = share_right(fitted, describe_logs(held_out, model))
        click.echo(f"{share:.2%} right of those held out", err=True)
    return model, share


def format_model(model: Model) -> str:
    """Returns the model as JSON: one line a row of weights."""
    lines = json.dumps({"unseen": model.unseen, "rarity": model.rarity}, ensure_ascii=False)
    networks = ",\n".join("[" + ",\n".join(map(_format_layer, layers)) + "]" for layers in model.networks)
    return f'{lines[:-1]},\n"networks": [\n{networks}\n]}}\n'


def _format_layer(layer: Layer) -> str:
    weights, biases = layer
    rows = ",\n".join(_format_row(row.tolist()) for row in weights)
    return f"[[{rows}],\n{_format_row(biases.tolist())}]"


def _format_row(row: Sequence[float]) -> str:
    return f"[{','.join(f'{number:.{DIGITS}g}' for number in row)}]"
