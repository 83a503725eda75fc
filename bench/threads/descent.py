"""Fits one network to examples by Adam (https://arxiv.org/abs/1412.6980), with NumPy alone.

The loss of a message is the log of the share of probability that a softmax over its candidates gives to the right ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.domain.threads.network import Layer, forward
from bench.threads.examples import Examples

HIDDEN = (48, 24)
EPOCHS = 12
BATCH = 96
RATE = 2e-3
WARM_STEPS = 200
DECAY = 1e-4
KEPT = 0.9
"""Share of the hidden values that survive dropout in each step."""

TINY = 1e-9

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """The candidates of some messages: those of message n begin at `heads[n]`."""

    inputs: Array
    heads: NDArray[np.int64]
    sizes: NDArray[np.int64]
    right: NDArray[np.bool_]


@dataclass(slots=True)
class Adam:
    """Adam with weight decay over `parameters`, which it changes in place."""

    parameters: Sequence[Array]
    steps: int
    step: int = 0
    moments: list[tuple[Array, Array]] = field(init=False)

    def __post_init__(self) -> None:
        self.moments = [(np.zeros_like(one), np.zeros_like(one)) for one in self.parameters]

    def descend(self, gradients: Sequence[Array]) -> None:
        """Takes one step; its length rises over the first steps and falls to zero along a cosine."""
        self.step += 1
        rate = RATE * min(1, self.step / WARM_STEPS) * 0.5 * (1 + math.cos(math.pi * self.step / self.steps))
        for parameter, gradient, (mean, square) in zip(self.parameters, gradients, self.moments, strict=True):
            mean[...] += 0.1 * (gradient - mean)
            square[...] += 0.001 * (gradient * gradient - square)
            length = np.sqrt(square / (1 - 0.999**self.step)) + 1e-8
            parameter[...] -= rate * (mean / (1 - 0.9**self.step) / length + DECAY * parameter)


def fit(examples: Examples, seed: int) -> tuple[Layer, ...]:
    """Returns the layers of one network; equal for equal examples and seed."""
    rng = np.random.default_rng(seed)
    mean, spread = _measure(examples.rows)
    layers = [
        (rng.normal(0, math.sqrt(2 / wide), (wide, narrow)).astype(np.float32), np.zeros(narrow, np.float32))
        for wide, narrow in pairwise((examples.rows.shape[1], *HIDDEN, 1))
    ]
    answered = np.flatnonzero(np.add.reduceat(examples.right, examples.starts[:-1]))
    adam = Adam([one for layer in layers for one in layer], EPOCHS * math.ceil(len(answered) / BATCH))
    for _ in range(EPOCHS):
        for batch in _batches(examples, rng.permutation(answered), mean, spread):
            adam.descend(_gradients(layers, batch, rng))
    weights, biases = layers[0]
    layers[0] = (weights / spread[:, None], biases - (mean / spread) @ weights)
    return tuple(layers)


def share_right(networks: Sequence[tuple[Layer, ...]], examples: Examples) -> float:
    """Returns the share of messages whose best candidate is right, by the average of `networks`."""
    hits = 0
    for start, end in pairwise(examples.starts):
        scores = np.zeros(end - start, np.float32)
        for layers in networks:
            own = forward(layers, examples.rows[start:end].astype(np.float32))
            scores += own - np.logaddexp.reduce(own)
        hits += bool(examples.right[start + int(scores.argmax())])
    return hits / (len(examples.starts) - 1)


def _measure(rows: NDArray[np.float16]) -> tuple[Array, Array]:
    """Returns mean and spread of each number, from a part of the rows."""
    sample = rows[:: max(1, len(rows) // 200_000)].astype(np.float32)
    return sample.mean(0), sample.std(0) + np.float32(1e-2)


def _batches(examples: Examples, order: NDArray[np.int64], mean: Array, spread: Array) -> Iterator[Batch]:
    for at in range(0, len(order), BATCH):
        chosen = order[at : at + BATCH]
        sizes = examples.starts[chosen + 1] - examples.starts[chosen]
        index = np.concatenate([np.arange(examples.starts[n], examples.starts[n + 1]) for n in chosen])
        inputs = (examples.rows[index].astype(np.float32) - mean) / spread
        yield Batch(inputs, np.cumsum([0, *sizes[:-1]]), sizes, examples.right[index])


def _gradients(layers: Sequence[Layer], batch: Batch, rng: np.random.Generator) -> list[Array]:
    """Returns the gradients of weights and biases of each layer, in order."""
    values, masks = [batch.inputs], []
    for weights, biases in layers[:-1]:
        sums = values[-1] @ weights + biases
        masks.append(((sums > 0) & (rng.random(sums.shape, dtype=np.float32) < KEPT)) / np.float32(KEPT))
        values.append(sums * masks[-1])
    error = _error(forward(layers[-1:], values[-1]), batch)[:, None]
    found: list[Array] = []
    for depth in range(len(layers) - 1, -1, -1):
        found[:0] = [values[depth].T @ error, error.sum(0)]
        if depth:
            error = (error @ layers[depth][0].T) * masks[depth - 1]
    return found


def _error(scores: Array, batch: Batch) -> Array:
    """Returns the gradient of the loss by score: the softmax, less the right candidates' target share."""
    heads, sizes = batch.heads, batch.sizes
    powers = np.exp(scores - np.repeat(np.maximum.reduceat(scores, heads), sizes))
    shares = powers / np.repeat(np.add.reduceat(powers, heads), sizes)
    hits = shares * batch.right
    wanted = hits / (np.repeat(np.add.reduceat(hits, heads), sizes) + TINY)
    return ((shares - wanted) / len(heads)).astype(np.float32)
