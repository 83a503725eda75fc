"""Figures beside limits and targets."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bench.figures import Figure, Target, format_table, save, summarise


@pytest.mark.parametrize(
    ("value", "target", "verdict"),
    [
        (540, Target("at least", 540), "ok"),
        (539.9, Target("at least", 540), "MISSED"),
        (0, Target("at most", 0), "ok"),
        (1, Target("at most", 0), "MISSED"),
        (math.inf, Target("at most", 0.4), "MISSED"),
        (math.nan, Target("at most", 0.4), "MISSED"),
        (math.nan, Target("at least", 0.4), "MISSED"),
        (3, None, ""),
    ],
)
def test_a_target_is_met_or_missed_and_a_figure_without_a_sample_misses_it(
    value: float, target: Target | None, verdict: str
) -> None:
    assert Figure("row", "figure", value, target=target).verdict == verdict


def test_the_table_shows_value_limit_ratio_and_verdict_in_columns() -> None:
    table = format_table(
        [
            Figure("batch20", "prompts a minute", 588.2, 600, Target("at least", 540)),
            Figure("a longer name", "429", 0, None, Target("at most", 0)),
        ]
    ).splitlines()
    assert table[1].split() == ["batch20", "prompts", "a", "minute", "588", "600", "0.980", "at", "least", "540", "ok"]
    assert table[1].index("prompts") == table[2].index("429") == table[0].index("figure")


def test_the_summary_names_what_was_missed() -> None:
    met = Figure("batch20", "429", 0, target=Target("at most", 0))
    missed = Figure("batch50", "429", 1, target=Target("at most", 0))
    assert summarise([met, Figure("batch20", "seconds", 3)]) == "All 1 targets met"
    assert summarise([met, missed]) == "1 of 2 targets missed: batch50: 429"


def test_the_file_names_the_machine_and_a_missing_sample_is_null(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "lanes.json"
    save(file, "lanes", [Figure("row", "wait", math.nan, 2.0), Figure("row", "used", 1.0, 2.0)], {"minutes": 1})
    body = json.loads(file.read_text())
    assert body["machine"].keys() >= {"cores", "python", "load"}
    assert [(f["value"], f["ratio"]) for f in body["figures"]] == [(None, None), (1.0, 0.5)]
    assert body["options"] == {"minutes": 1}


def test_a_wait_without_an_end_is_null_in_the_file() -> None:
    assert Figure("row", "wait", math.inf, 2.0).as_json()["value"] is None
    assert Figure("row", "wait", math.inf, 2.0).as_json()["ratio"] is None
