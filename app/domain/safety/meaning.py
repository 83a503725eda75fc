"""What a text means, as far as the filter cares: a fitted model of its pieces of words.

A promise of profit or an invitation has endless wordings, and no list of patterns foresees them. A linear model over
pieces of words (three to five letters) and pairs of words that stand close, weighted by how rare they are, scores a
text once for each reason to refuse it. The weights are numbers in `weights.json`; `make bench ARGS="fit-safety"` fits
them anew.
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
"""Letters of a word that tell it apart; what follows is mostly an ending, in Turkish above all."""

REACH = 3
WORD = re.compile(r"[^\W_]+|[%?!]")
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
LEAST_SENTENCE = 8
"""Characters of a sentence that is judged by itself."""

WORDS_KEPT = 20_000
"""Of a worker's memory: a few megabytes."""

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
        """The score of each reason for a folded text: of the whole, or of a sentence in it if that is higher."""
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
    """The pieces of a folded text: of each word, its edges marked by spaces, and pairs of words that stand close."""
    stems = [word[:STEM] for word in WORD.findall(text)]
    pairs = [f"{stem}~{other}" for at, stem in enumerate(stems) for other in stems[at + 1 : at + 1 + REACH]]
    return [*(piece for word in text.split() for piece in _cut_word(word)), *stems, *pairs]


@lru_cache(maxsize=WORDS_KEPT)
def _cut_word(word: str) -> tuple[str, ...]:
    marked = f" {word} "
    sizes = range(SHORTEST, min(LONGEST, len(marked)) + 1)
    return tuple(marked[start : start + size] for size in sizes for start in range(len(marked) - size + 1))


def split_sentences(text: str) -> list[str]:
    """The sentences of a text that has several: one that is refused alone is refused in any company."""
    found = [sentence for sentence in SENTENCE_END.split(text) if len(sentence) >= LEAST_SENTENCE]
    return found if len(found) > 1 else []


def find_meaning(readings: Iterable[str], model: MeaningModel) -> str | None:
    """The reason that a folded text is refused for, in any of its readings; the likeliest of several."""
    scores = [score for reading in readings for score in model.score(reading).items()]
    reason, score = max(scores, key=itemgetter(1))
    return reason if score > 0 else None


@cache
def load_model() -> MeaningModel:
    """The model of the package."""
    return read_model(resources.files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))


def read_model(text: str) -> MeaningModel:
    """A model from its JSON."""
    body = json.loads(text)
    numbers = np.array(list(body["pieces"].values()), dtype=np.float32)
    return MeaningModel(
        reasons=tuple(body["reasons"]),
        biases=np.array(body["biases"], dtype=np.float32),
        places={piece: place for place, piece in enumerate(body["pieces"])},
        rarity=numbers[:, 0],
        weights=numbers[:, 1:],
    )
