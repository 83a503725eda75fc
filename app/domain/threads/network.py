"""The fitted model: small feed-forward networks whose scores are averaged.

The weights are in `weights.json`; `make bench ARGS="fit-threads"` fits them again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Layer = tuple[Array, Array]


@dataclass(frozen=True, slots=True)
class Model:
    """`networks` are layers of weights and biases; `rarity` is a table for `Reader`."""

    networks: tuple[tuple[Layer, ...], ...]
    rarity: dict[str, float]
    unseen: float

    def score(self, rows: Sequence[Sequence[float]]) -> Array:
        """Returns one score per row of features; the highest is the likeliest."""
        inputs = np.asarray(rows, dtype=np.float32)
        total = np.zeros(len(inputs), dtype=np.float32)
        for layers in self.networks:
            scores = forward(layers, inputs)
            total += scores - np.logaddexp.reduce(scores)
        return total


def forward(layers: Sequence[Layer], inputs: Array) -> Array:
    """Returns the scores of one network: ReLU layers, and a linear last one."""
    values = inputs
    for weights, biases in layers[:-1]:
        values = np.maximum(values @ weights + biases, 0)
    weights, biases = layers[-1]
    return np.asarray((values @ weights + biases)[:, 0], dtype=np.float32)


@cache
def load_model() -> Model:
    """Returns the model of the package."""
    return read_model(resources.files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))


def read_model(text: str) -> Model:
    """Parses a model from JSON."""
    body = json.loads(text)
    networks = tuple(
        tuple((np.array(w, dtype=np.float32), np.array(b, dtype=np.float32)) for w, b in layers)
        for layers in body["networks"]
    )
    return Model(networks, body["rarity"], body["unseen"])
