"""The bench of the safety filter: reading texts, and fitting a small model to some."""

from __future__ import annotations

import pytest

from app.domain.safety.meaning import read_model
from bench.safety.fitting import REASONS, find_thresholds, fit_model, format_model
from bench.safety.texts import HARMLESS, Labelled, read_source, read_sources

SOURCES = read_sources()


@pytest.fixture(scope="module")
def model():
    return fit_model([SOURCES["phrases"], SOURCES["short"]])


def test_a_fitted_model_knows_what_it_was_taught(model):
    assert model.reasons == REASONS
    wrong = [one for one in SOURCES["short"] if one.reason in REASONS and max(model.score(one.folded).values()) <= 0]
    assert len(wrong) <= 5


def test_a_model_survives_its_file(model):
    again = read_model(format_model(model))
    for one in SOURCES["annotators"][:50]:
        assert again.score(one.folded) == pytest.approx(model.score(one.folded), abs=0.2)


def test_the_same_texts_give_the_same_file(model):
    assert format_model(fit_model([SOURCES["phrases"], SOURCES["short"]])) == format_model(model)


def test_hardly_any_harmless_text_of_a_stranger_lies_above_the_thresholds():
    few = [SOURCES[name] for name in ("phrases", "short", "annotators")]
    thresholds = find_thresholds(few, [Labelled(HARMLESS, "the kernel panics when i plug in the old printer")])
    assert len(thresholds) == len(REASONS)
    lenient, strict = (fit_model(few[:2], shift) for shift in (0.0, thresholds))
    assert all(strict.biases <= lenient.biases)


def test_a_line_without_a_reason_is_named(tmp_path):
    file = tmp_path / "odd.tsv"
    file.write_text("harmless\tfine\nno tab here\n")
    with pytest.raises(ValueError, match=r"odd\.tsv:2: expected a reason, a tab and a text"):
        read_source(file)


def test_hidden_characters_are_spelled_in_the_file(tmp_path):
    file = tmp_path / "odd.tsv"
    file.write_text("link\tsee \\u{200b}here\n")
    assert read_source(file) == [Labelled("link", "see \u200bhere")]
