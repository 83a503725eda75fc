"""The bench of the safety filter: reading texts, and fitting a small model to some."""

from __future__ import annotations

import pytest

from app.domain.safety.meaning import read_model
from bench.safety.fitting import REASONS, begin_at, find_thresholds, fit_model, fit_strangers, format_model
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


def test_refusing_begins_where_hardly_any_harmless_text_lies_that_a_stranger_wrote():
    few = [SOURCES[name] for name in ("phrases", "short", "annotators")]
    strangers = fit_strangers(few, [Labelled(HARMLESS, "the kernel panics when i plug in the old printer")])
    thresholds = find_thresholds(few, strangers)
    harmless = [
        max(begin_at(model, thresholds).score(one.folded).values()) > 0
        for source, model in zip(few, strangers, strict=True)
        for one in source
        if one.reason == HARMLESS
    ]
    assert sum(harmless) <= 0.06 * len(harmless)


def test_a_line_without_a_reason_is_named(tmp_path):
    file = tmp_path / "odd.tsv"
    file.write_text("harmless\tfine\nno tab here\n")
    with pytest.raises(ValueError, match=r"odd\.tsv:2: expected a reason, a tab and a text"):
        read_source(file)


def test_hidden_characters_are_spelled_in_the_file(tmp_path):
    file = tmp_path / "odd.tsv"
    file.write_text("link\tsee \\u{200b}here\n")
    assert read_source(file) == [Labelled("link", "see \u200bhere")]
