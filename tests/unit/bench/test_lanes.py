"""The rows of `bench lanes`: what each asks of a run, read from runs written by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from click.testing import CliRunner

from bench.__main__ import bench
from bench.cpu import Sample
from bench.figures import Figure
from bench.journal import Request, Window
from bench.lane_runs import Conditions, Run
from bench.lanes import ROWS, compare, read, shorten

BY_NAME = {row.name: row for row in ROWS}


def make_run(name: str, requests: list[Request], minutes: float = 3, **fields: object) -> Run:
    run = Run(BY_NAME[name].conditions, Window(0, minutes * 60), requests, {}, [])
    return replace(run, **fields)  # type: ignore[arg-type]


def every(seconds: float, minutes: float, prompts: int, tokens: int = 0) -> list[Request]:
    """A request each `seconds` over `minutes`, each with prompts of its own."""
    times = [number * seconds for number in range(int(minutes * 60 / seconds))]
    return [
        Request(at, at + 1, 200, tuple(f"{number}.{item}" for item in range(prompts)), tokens, 0)
        for number, at in enumerate(times)
    ]


def verdicts(name: str, run: Run) -> dict[str, str]:
    return {figure.name: figure.verdict for figure in read(BY_NAME[name], run)}


@pytest.mark.parametrize(("seconds", "verdict"), [(2.0, "ok"), (2.5, "MISSED")])
def test_full_batches_at_the_pace_of_the_limit_meet_the_target(seconds: float, verdict: str) -> None:
    run = make_run("batch20", every(seconds, 3, prompts=20))
    assert verdicts("batch20", run)["prompts a minute"] == verdict


def test_one_refusal_is_a_miss_in_every_row() -> None:
    refused = Request(100, 100.1, 429, ("x",), 0, 0)
    for row in ROWS:
        run = make_run(row.name, [*every(2.0, 3, prompts=20), refused])
        assert verdicts(row.name, run)["429"] == "MISSED"


@pytest.mark.parametrize(("seconds", "verdict"), [(2.0, "ok"), (2.03, "ok"), (2.1, "MISSED")])
def test_a_shared_limit_must_be_used_up(seconds: float, verdict: str) -> None:
    run = make_run("shared4-refill", every(seconds, 4, prompts=20), minutes=4)
    assert verdicts("shared4-refill", run)["requests a minute"] == verdict


@pytest.mark.parametrize(("tokens", "verdict"), [(1960, "ok"), (1800, "MISSED")])
def test_tokens_must_be_used_up_but_for_one_prompt(tokens: int, verdict: str) -> None:
    run = make_run("shared4-tokens", every(2.0, 4, prompts=4, tokens=tokens), minutes=4)
    assert verdicts("shared4-tokens", run)["tokens a minute"] == verdict


@pytest.mark.parametrize(
    ("name", "wait", "verdict"),
    [
        ("interactive-room", 0.39, "ok"),
        ("interactive-room", 0.41, "MISSED"),
        ("interactive-full", 2.29, "ok"),
        ("interactive-full", 2.31, "MISSED"),
    ],
)
def test_people_wait_no_longer_than_promised(name: str, wait: float, verdict: str) -> None:
    run = make_run(name, [Request(50, 51, 200, ("p",), 1, 1)], planned={"p": 50 - wait})
    figures = verdicts(name, run)
    judged = "planned to request p95 (s)" if name == "interactive-room" else "planned to request, longest (s)"
    assert figures[judged] == verdict


def test_a_run_in_which_nobody_was_waiting_proves_nothing() -> None:
    assert verdicts("interactive-full", make_run("interactive-full", []))["answers planned"] == "MISSED"


@pytest.mark.parametrize(("cpu_s", "verdict"), [(8.0, "ok"), (9.5, "MISSED")])
def test_the_cpu_of_start_up_is_not_charged_to_the_prompts_and_that_of_the_databases_is(
    cpu_s: float, verdict: str
) -> None:
    run = make_run("overhead", [], cpu=[Sample(90, 5, 3000), Sample(100, 6, 2800), Sample(100 + cpu_s, 8, 0)])
    assert verdicts("overhead", run)["CPU ms a prompt"] == verdict


def test_a_prompt_that_ends_without_a_text_is_a_miss() -> None:
    run = make_run("batch20", every(2.0, 3, prompts=20), discarded=1)
    assert verdicts("batch20", run)["prompts without a text"] == "MISSED"


@pytest.mark.parametrize(("passed_by", "verdict"), [(100.2, "ok"), (100.9, "MISSED")])
def test_an_answer_rides_in_the_next_request_that_is_not_under_way_yet(passed_by: float, verdict: str) -> None:
    requests = [Request(at, at + 1, 200, ids, 1, 1) for at, ids in ((passed_by, ("x",)), (102.0, ("p",)))]
    run = make_run("interactive-full", requests, planned={"p": 100.0})
    assert verdicts("interactive-full", run)["requests ahead of an answer, most"] == verdict


def test_people_ask_at_moments_of_their_own_once_the_lane_has_settled() -> None:
    given = Conditions(minutes=3, answers_every_s=3.1, settled_s=15)
    moments = given.answer_moments()
    gaps = [after - before for before, after in pairwise(moments)]
    assert moments == sorted(moments) == given.answer_moments()
    assert moments[0] > 15
    assert moments[-1] < 180
    assert 40 <= len(moments) <= 70
    assert min(gaps) < 1
    assert max(gaps) > 6


def test_nobody_asks_where_nobody_is_meant_to() -> None:
    assert Conditions().answer_moments() == []


def test_rows_are_compared_with_the_baseline_of_the_same_run() -> None:
    rates = [Figure("baseline", "prompts a minute", 30), Figure("batch20", "prompts a minute", 570)]
    assert [(figure.row, figure.value) for figure in compare(rates)] == [("batch20", 19)]
    assert compare(rates[1:]) == []


def test_a_shortened_run_keeps_everything_else() -> None:
    given = Conditions(tokens=6_000)
    assert shorten(given, 400, None) == Conditions(tokens=6_000, prompts=400)
    assert shorten(given, None, 2.0).minutes == 2.0


def test_an_unknown_row_is_refused_with_the_names_of_all() -> None:
    result = CliRunner().invoke(bench, ["lanes", "--row", "batch21"])
    assert result.exit_code == 2
    assert "batch20" in result.output
