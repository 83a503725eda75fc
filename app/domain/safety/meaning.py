"""The model of meaning of the filter: a linear model over pieces of words.

A promise of profit or an invitation has too many wordings for patterns. Features are pieces of words (three to five
letters) and pairs of near words, weighted by rarity; a text gets one score for each reason to refuse it. The weights
are in `weights.json`; `make bench ARGS="fit-safety"` fits them again.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 3, 5
STEM = 5
"""Letters of a word that are compared; the rest is mostly an ending, above all in Turkish."""

REACH = 3
WORD = re.compile(r"[^\W_]+|[%?!]")
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
LEAST_SENTENCE = 8
"""Least characters of a sentence that is scored by itself."""

WORDS_KEPT = 20_000
"""Size of the cache of words: a few megabytes of a worker's memory."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MeaningModel:
    """`places` finds a piece's row in `weights` (one column a reason) and its `rarity`. A score above 0 refuses."""

    reasons: tuple[str, ...]
    biases: Array
    places: dict[str, int]
    rarity: Array
    weights: Array

    def score(self, folded: str) -> dict[str, float]:
        """Returns the score of each reason for a folded text: the highest of the whole text and its sentences."""
        parts = [folded, *split_sentences(folded)]
        best = np.max([self._score(part) for part in parts], axis=0)
        return dict(zip(self.reasons, best.tolist(), strict=True))

    def _score(self, text: str) -> Array:
        counts = Counter(map(self.places.get, cut(text)))
        counts.pop(None, None)
        if not counts:
            return self.biases
        rows = np.fromiter(counts, dtype=np.intp, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(often)) * self.rarity[rows]
        return np.asarray(values @ self.weights[rows] / math.sqrt(float(values @ values)) + self.biases, np.float32)


def cut(text: str) -> list[str]:
    """Returns the pieces of each word of a folded text, edges marked by spaces, and pairs of near words."""
    stems = [word[:STEM] for word in WORD.findall(text)]
    pairs = [f"{stem}~{other}" for at, stem in enumerate(stems) for other in stems[at + 1 : at + 1 + REACH]]
    return [*(piece for word in text.split() for piece in _cut_word(word)), *stems, *pairs]


@lru_cache(maxsize=WORDS_KEPT)
def _cut_word(word: str) -> tuple[str, ...]:
    marked = f" {word} "
    sizes = range(SHORTEST, min(LONGEST, len(marked)) + 1)
    return tuple(marked[start : start + size] for size in sizes for start in range(len(marked) - size + 1))


def split_sentences(text: str) -> list[str]:
    """Returns the sentences of a text that has several, so that harmless ones do not outweigh a refused one."""
    found = [sentence for sentence in SENTENCE_END.split(text) if len(sentence) >= LEAST_SENTENCE]
    return found if len(found) > 1 else []


def find_meaning(readings: Iterable[str], model: MeaningModel) -> str | None:
    """Returns the reason to refuse a folded text in any of its readings, the likeliest of several; else None."""
    scores = [score for reading in readings for score in model.score(reading).items()]
    reason, score = max(scores, key=itemgetter(1))
    return reason if score > 0 else None


@cache
def load_model() -> MeaningModel:
    """Returns the model of the package."""
    return read_model(resources.files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))


def read_model(text: str) -> MeaningModel:
    """Parses a model from JSON."""
    body = json.loads(text)
    numbers = np.array(list(body["pieces"].values()), dtype=np.float32)
    return MeaningModel(
        reasons=tuple(body["reasons"]),
        biases=np.array(body["biases"], dtype=np.float32),
        places={piece: place for place, piece in enumerate(body["pieces"])},
        rarity=numbers[:, 0],
        weights=numbers[:, 1:],
    )
