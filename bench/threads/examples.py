"""Examples to fit the thread model on: a message's candidates as rows of numbers, and which are right."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from app.domain.analysis.letters import fold_letters
from app.domain.threads.linker import Linker
from app.domain.threads.network import Model
from app.domain.threads.reading import EDGES, STEM
from app.domain.threads.room import Arrival, Line
from bench.threads.logs import Log

WORDS = 3000
"""Number of stems with a stored rarity; all others count as rarer than the last of them."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Message n has the rows `starts[n]` to `starts[n + 1]`; `right` marks those that people linked it to."""

    rows: NDArray[np.float16]
    starts: NDArray[np.int64]
    right: NDArray[np.bool_]


def count_words(logs: Sequence[Log]) -> tuple[dict[str, float], float]:
    """Returns the rarity of the commonest stems, and of all others; speakers' names do not count in their own log."""
    seen: Counter[str] = Counter()
    total = 0
    for log in logs:
        spoken = [message for message in log.messages if not message.is_service]
        names = {fold_letters(message.author).strip(EDGES + " ") for message in spoken}
        total += len(spoken)
        for message in spoken:
            bare = {token.strip(EDGES) for token in fold_letters(message.text).split()}
            seen.update({word[:STEM] for word in bare - names if len(word) > 1})
    common = sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:WORDS]
    rarity = {word: round(math.log(total / count), 1) for word, count in sorted(common)}
    return rarity, round(math.log(total / common[-1][1]) + 1, 1)


def describe_logs(logs: Sequence[Log], model: Model) -> Examples:
    """Returns the examples of `logs`; the links before each are the model's own predictions, as in use."""
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(partial(_describe_log, model=model), logs, chunksize=4))
    found = list(chain.from_iterable(parts))
    starts = np.cumsum([0, *(len(rows) for rows, _ in found)])
    return Examples(np.concatenate([rows for rows, _ in found]), starts, np.concatenate([right for _, right in found]))


def _describe_log(log: Log, model: Model) -> list[tuple[NDArray[np.float16], NDArray[np.bool_]]]:
    parents = defaultdict(set)
    for child, parent in log.links or ():
        parents[child].add(parent)
    linker = Linker(model)
    found = []
    for message in log.messages:
        if message.is_service:
            continue
        new = linker.arrive(message)
        old = linker.candidates(new)
        rows = np.array(linker.describe(new, old), dtype=np.float32)
        if message.id in parents:
            ids = [message.id, *(line.id for line in old)]
            found.append((rows.astype(np.float16), np.isin(ids, list(parents[message.id]))))
        best = int(model.score(rows).argmax()) if model.networks else guess_plainly(new, old)
        linker.settle(message, new, old[best - 1] if best else None)
    return found


def guess_plainly(new: Arrival, old: Iterable[Line]) -> int:
    """Links by the plain rule: to the last line of the person the message names, else of its author.

    Returns the place among `old`, counted from 1; 0 when there is none.
    """
    lines = list(enumerate(old, start=1))
    named = (place for place, line in lines if line.speaker.key in new.reading.named)
    own = (place for place, line in lines if line.speaker is new.speaker)
    return next(chain(named, own), 0)
