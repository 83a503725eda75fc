"""`python -m bench fit-safety`: fits the weights of the model of meaning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from app.domain.safety import meaning
from app.domain.safety.meaning import MeaningModel, cut
from bench.safety.texts import HARMLESS, Labelled, chats_option, read_ordinary, read_sources
from bench.threads.logs import BadExport

Numbers = NDArray[np.float64]

WEIGHTS = Path(meaning.__file__).with_name("weights.json")
REFUSED = {"claims_to_be_human": 0.004, "private_contact": 0.005, "promises_profit": 0.018, "prompt_leak": 0.003}
"""Reasons, each with the maximum share of refused harmless look-alikes, of sources that the model was not fitted on.

Promises have the most wordings and the closest look-alikes.
"""

EMPHASIS = 5.0
"""Weight of a plain phrase, of the source `phrases`, in texts: a mistake there is the worst."""

REASONS = tuple(REFUSED)
PIECES = 24_000
LEAST_TEXTS = 2
"""Minimum number of texts with a piece; rarer ones are not informative."""

LEAST_MARGIN = 0.01
"""Minimum margin of the fitted texts above the threshold, since the file's numbers are rounded."""

TRUST = 100.0
"""Inverse of the strength of regularisation."""


@click.command("fit-safety")
@chats_option
@click.option("--out", type=click.Path(path_type=Path), default=WEIGHTS, help="Default: the model of the package.")
def fit_safety(chats: Path, out: Path) -> None:
    """Fit the model of meaning on all texts of bench/safety/corpus, and on what people write in ordinary chats.

    Where refusing begins is chosen on sources held out one by one, so that few of their harmless texts are refused;
    but never so that a bad text passes that the model was fitted on.
    """
    try:
        ordinary = read_ordinary(chats)
    except BadExport as error:
        raise click.ClickException(str(error)) from None
    sources = list(read_sources().values())
    model = fit_model([*sources, ordinary])
    thresholds = find_thresholds(sources, fit_strangers(sources, ordinary))
    model = begin_at(model, np.minimum(thresholds, find_lowest(model, sources) - LEAST_MARGIN))
    out.write_text(format_model(model), encoding="utf-8")
    click.echo(f"{len(model.places)} pieces of {sum(map(len, sources))} texts. Written to {out}")


def fit_strangers(sources: Sequence[Sequence[Labelled]], ordinary: Sequence[Labelled]) -> list[MeaningModel]:
    """Returns for each source a model fitted on all others and on none of it."""
    return [fit_model([ordinary, *(other for other in sources if other is not source)]) for source in sources]


def find_thresholds(sources: Sequence[Sequence[Labelled]], strangers: Sequence[MeaningModel]) -> Numbers:
    """Returns thresholds below a reason's share of the harmless texts, scored by models not fitted on them."""
    scores = [
        list(model.score(one.folded).values())
        for source, model in zip(sources, strangers, strict=True)
        for one in source
        if one.reason == HARMLESS
    ]
    columns = np.array(scores).T
    return np.array([np.quantile(column, 1 - REFUSED[r]) for r, column in zip(REASONS, columns, strict=True)])


def find_lowest(model: MeaningModel, sources: Iterable[Sequence[Labelled]]) -> Numbers:
    """Returns the lowest score of each reason among the texts that are to be refused for it."""
    bad = [one for source in sources for one in source if one.reason in REASONS]
    return np.array([min(model.score(one.folded)[r] for one in bad if one.reason == r) for r in REASONS])


def begin_at(model: MeaningModel, thresholds: Numbers) -> MeaningModel:
    """Returns the model, refusing where a score is above its reason's threshold."""
    return replace(model, biases=(model.biases - thresholds).astype(np.float32))


def fit_model(sources: Iterable[Sequence[Labelled]]) -> MeaningModel:
    """Fits a logistic regression for each reason against all other texts of the model.

    It is fitted to all pieces, and again to those with the largest weights.
    """
    texts = [one for source in sources for one in source if one.reason in (*REASONS, HARMLESS)]
    reasons = np.array([one.reason for one in texts])
    vectorizer = TfidfVectorizer(analyzer=cut, sublinear_tf=True, min_df=LEAST_TEXTS, norm=None)
    values = vectorizer.fit_transform([one.folded for one in texts])
    worth = np.array([EMPHASIS if one.plain else 1.0 for one in texts])
    weights, _ = _regress(values, reasons, worth)
    chosen = np.sort(np.argsort(-np.abs(weights).max(axis=1))[:PIECES])
    weights, biases = _regress(values[:, chosen], reasons, worth)
    names = vectorizer.get_feature_names_out()[chosen]
    return MeaningModel(
        reasons=REASONS,
        biases=biases.astype(np.float32),
        places={str(name): place for place, name in enumerate(names)},
        rarity=vectorizer.idf_[chosen].astype(np.float32),
        weights=weights.astype(np.float32),
    )


def _regress(values: Any, reasons: NDArray[np.str_], worth: Numbers) -> tuple[Numbers, Numbers]:
    """Returns weights, a column a reason, and biases."""
    rows = normalize(values)
    solver = partial(LogisticRegression, C=TRUST, solver="liblinear", random_state=0)
    fits = [solver().fit(rows, reasons == reason, sample_weight=worth) for reason in REASONS]
    return np.column_stack([fit.coef_[0] for fit in fits]), np.array([fit.intercept_[0] for fit in fits])


def format_model(model: MeaningModel) -> str:
    """Returns the model as JSON: a line a piece, its rarity first."""
    heads = {"reasons": model.reasons, "biases": [round(float(bias), 4) for bias in model.biases]}
    numbers = np.column_stack([model.rarity, model.weights]).tolist()
    rows = ",\n".join(
        f"{json.dumps(piece, ensure_ascii=False)}:[{_format(row)}]"
        for piece, row in zip(model.places, numbers, strict=True)
    )
    return f'{json.dumps(heads)[:-1]}, "pieces": {{\n{rows}\n}}}}\n'


def _format(numbers: Sequence[float]) -> str:
    return ",".join(f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".") for number in numbers)
