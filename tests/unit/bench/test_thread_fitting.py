"""Fitting: it learns what there is to learn, the same twice, and the file holds what was learned."""

from __future__ import annotations

from itertools import chain, pairwise

import numpy as np
import pytest

from app.domain.threads.messages import ThreadMessage
from app.domain.threads.network import Model, read_model
from bench.threads.descent import fit, share_right
from bench.threads.examples import Examples, count_words, describe_logs
from bench.threads.fitting import format_model
from bench.threads.logs import Log


@pytest.fixture
def examples():
    """Messages of three to seven candidates; the right one has the highest first number."""
    rng = np.random.default_rng(3)
    starts = np.cumsum([0, *rng.integers(3, 8, 3000)])
    rows = rng.normal(size=(starts[-1], 5)).astype(np.float16)
    right = np.zeros(len(rows), bool)
    for start, end in pairwise(starts):
        right[start + rows[start:end, 0].argmax()] = True
    return Examples(rows, starts, right)


def test_a_network_learns_which_candidate_is_right_and_the_same_twice(examples):
    first, second = fit(examples, 1), fit(examples, 1)
    assert share_right([first], examples) > 0.8
    assert all(map(np.array_equal, chain(*first), chain(*second)))


def test_the_file_holds_what_was_learned(examples):
    network = fit(examples, 2)
    model = read_model(format_model(Model((network,), {"şey": 1.5}, 9.0)))
    rows = examples.rows[:7].astype(np.float32)
    assert (model.rarity, model.unseen) == ({"şey": 1.5}, 9.0)
    assert model.score(rows) == pytest.approx(Model((network,), {}, 0).score(rows), abs=1e-2)


def test_examples_mark_the_links_that_people_drew():
    told = [ThreadMessage(1, "Ada", "who?", 0), ThreadMessage(2, "Bob", "me", 9), ThreadMessage(3, "Cy", "and me", 12)]
    log = Log("chat", tuple(told), frozenset({(2, 1), (3, 1), (3, 3)}))
    found = describe_logs([log], Model((), *count_words([log])))
    assert [found.right[a:b].tolist() for a, b in pairwise(found.starts)] == [
        [False, True],
        [True, False, True],
    ]
