"""The arithmetic over the sandbox's journal."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bench import journal
from bench.journal import Request, Window

MINUTE = Window(0, 60)


def make_request(arrived: float, *ids: str, status: int = 200, seconds: float = 1.0, tokens: int = 100) -> Request:
    return Request(arrived, arrived + seconds, status, ids, tokens, tokens // 2)


def make_event(t0: float, **fields: Any) -> dict[str, Any]:
    return {"event": "request", "t0": t0, "t": t0 + 1, "status": 200, "item_ids": ["1"], "usage": None, **fields}


def test_requests_come_in_the_order_of_their_arrival_and_other_events_are_passed_over() -> None:
    events = [{"event": "start", "t": 0}, make_event(5.0), make_event(3.0), {"event": "stop", "t": 9}]
    assert [request.arrived for request in journal.read_requests(events)] == [3.0, 5.0]


def test_a_request_without_usage_is_charged_nothing() -> None:
    used = make_event(1.0, usage={"prompt_tokens": 30, "completion_tokens": 7})
    refused = make_event(2.0, status=429)
    assert [(r.tokens_in, r.tokens_out) for r in journal.read_requests([used, refused])] == [(30, 7), (0, 0)]


def test_prompts_a_minute_count_answered_requests_of_the_window_only() -> None:
    requests = [
        make_request(0, "1", "2"),
        make_request(59.9, "3"),
        make_request(30, "4", status=429),
        make_request(60, "5"),
    ]
    assert journal.prompts_a_minute(requests, MINUTE) == 3
    assert journal.prompts_a_minute(requests, Window(0, 30)) == 4


def test_a_request_cut_off_by_the_end_of_the_run_counts_against_the_limit_and_a_refused_one_does_not() -> None:
    requests = [make_request(1), make_request(2, status=499), make_request(3, status=429)]
    assert journal.requests_a_minute(requests, MINUTE) == 2
    assert journal.refusals(requests) == 1


def test_an_answers_tokens_count_when_it_ends() -> None:
    late = make_request(59, "1", seconds=2, tokens=100)
    assert journal.tokens_a_minute([late], MINUTE) == 100
    assert journal.tokens_a_minute([late], Window(60, 120)) == 50


def test_a_window_without_length_has_no_rate() -> None:
    assert math.isnan(journal.requests_a_minute([make_request(1)], Window(0, 40).after(60)))


def test_the_middle_of_a_window_leaves_out_both_ends_alike() -> None:
    assert Window(100, 200).middle(0.8) == Window(110, 190)


def test_an_item_in_two_answers_was_answered_twice_and_a_repeated_request_was_not() -> None:
    requests = [make_request(1, "a", "b"), make_request(2, "b"), make_request(3, "c", status=499), make_request(4, "c")]
    assert journal.answered_twice(requests) == 1


def test_the_rules_of_a_request_are_shared_by_its_prompts() -> None:
    assert journal.tokens_a_prompt([make_request(1, "a", "b", "c", tokens=200)]) == 100
    assert journal.prompts_per_1000_tokens([make_request(1, "a", "b", "c", tokens=200)]) == 10


@pytest.mark.parametrize("measure", [journal.tokens_a_prompt, journal.prompts_a_request])
def test_without_an_answer_there_is_no_mean(measure: Any) -> None:
    assert math.isnan(measure([make_request(1, "a", status=429)]))


def test_requests_that_touch_are_not_in_flight_together() -> None:
    assert journal.most_at_once([make_request(0), make_request(1), make_request(1.5)]) == 2


def test_a_wait_ends_with_the_first_request_that_carries_the_item() -> None:
    requests = [make_request(10, "a"), make_request(12, "a", "b")]
    assert journal.waits(requests, {"a": 9.5, "b": 10.0}) == [0.5, 2.0]


def test_an_item_that_nobody_asked_for_waits_forever() -> None:
    assert journal.waits([make_request(10, "a")], {"b": 1.0}) == [math.inf]


@pytest.mark.parametrize(("part", "value"), [(0.5, 2.0), (0.95, 4.0), (1, 4.0)])
def test_a_percentile_is_a_value_of_the_sample(part: float, value: float) -> None:
    assert journal.percentile([1.0, 2.0, 3.0, 4.0], part) == value


def test_a_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(journal.percentile([], 0.95))
