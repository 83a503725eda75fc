"""The model of meaning: how a text becomes pieces and scores. What it knows is tested by its texts (test_corpus.py)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.safety.meaning import MeaningModel, cut, find_meaning, load_model, split_sentences

TOY = MeaningModel(
    reasons=("gold", "silver"),
    biases=np.array([-0.5, -0.5], np.float32),
    places={" gold": 0, "silve": 1},
    rarity=np.array([1.0, 2.0], np.float32),
    weights=np.array([[1, 0], [0, 1]], np.float32),
)


def test_words_are_cut_with_their_edges_and_paired_with_their_neighbours():
    assert cut("no gain") == [
        *(" no", "no ", " no "),
        *(" ga", "gai", "ain", "in ", " gai", "gain", "ain ", " gain", "gain "),
        *("no", "gain"),
        "no~gain",
    ]


def test_the_likeliest_reason_wins_in_any_reading():
    assert find_meaning(["gold"], TOY) == "gold"
    assert find_meaning(["nothing", "silver"], TOY) == "silver"
    assert find_meaning(["gold silver"], TOY) == "silver"
    assert find_meaning(["lead"], TOY) is None
    assert find_meaning([""], TOY) is None


def test_a_sentence_is_judged_alone_as_well():
    assert split_sentences("Quite long enough. And this too!") == ["Quite long enough.", "And this too!"]
    assert split_sentences("Only one here.") == []
    model = load_model()
    bad, company = "this coin guarantees you ten percent every week.", "the weather in izmir is lovely today. "
    together = model.score(company * 5 + bad)["promises_profit"]
    assert together >= model.score(bad)["promises_profit"] > 0


@given(st.text())
def test_any_text_has_a_finite_score(text):
    assert all(np.isfinite(score) for score in load_model().score(text).values())
