"""Every way in which one provider can fail: what the ledger, the utterances and the lane then say."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.lanes.lane import MAX_ATTEMPTS
from app.models import LLMRequest
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from tests.builders import fetch

HALF, WHOLE = ["planned", "ready"], ["ready", "ready"]
NONE = ["planned", "planned"]

MATRIX = {
    # fault: (options, outcome, answered, states, attempts of those that wait, seconds the lane waits: from, to)
    "malformed_json": ({}, "answered", 1, HALF, 1, (0, 0)),
    "missing_item": ({}, "answered", 1, HALF, 1, (0, 0)),
    "extra_item": ({}, "answered", 2, WHOLE, 0, (0, 0)),
    "swapped_ids": ({}, "answered", 2, WHOLE, 0, (0, 0)),
    "empty_text": ({}, "answered", 1, HALF, 1, (0, 0)),
    "refusal": ({}, "rejected", 0, NONE, 1, (-1, 1)),
    "truncated_stream": ({}, "unavailable", 0, NONE, 0, (-1, 1)),
    "stalled_stream": ({}, "unavailable", 0, NONE, 0, (-1, 1)),
    "timeout": ({}, "unavailable", 0, NONE, 0, (-1, 1)),
    "status_500": ({}, "unavailable", 0, NONE, 0, (-1, 1)),
    "reset": ({}, "unavailable", 0, NONE, 0, (-1, 1)),
    "status_429": ({}, "ratelimited", 0, NONE, 0, (4, 5)),
    "status_429 with retry-after": ({"retry_after": 9}, "ratelimited", 0, NONE, 0, (8, 9)),
    "unauthorized": ({}, "rejected", 0, NONE, 0, (29, 30)),
}


@pytest.mark.parametrize("fault", MATRIX)
def test_a_fault_shows_as_what_it_is_and_loses_nothing(fault, first, fleet, make_runtime):
    options, outcome, answered, states, attempts, (least, most) = MATRIX[fault]
    runtime = make_runtime(first.url)
    fleet.plan(2)
    first.fault(fault.split()[0], count=1, **options)
    generate(runtime.generation, AMBIENT)
    assert fleet.ledger == [("first", outcome, 2, answered)]
    assert fleet.states == states
    assert {one.attempts for one in fleet.utterances if one.state == "planned"} <= {attempts}
    assert all(one.lease_until is None for one in fleet.utterances)
    assert least - 0.5 <= fleet.held_s() <= most
    fleet.forget_waits()
    fleet.work(runtime)
    assert fleet.states == WHOLE
    assert all(one.text for one in fleet.utterances)
    assert sum(row[3] for row in fleet.ledger) == 2


@pytest.mark.parametrize(("fault", "outcome"), [("refusal", "rejected")])
def test_prompts_that_never_get_a_usable_answer_end_with_that_reason(fault, outcome, first, fleet, make_runtime):
    runtime = make_runtime(first.url)
    fleet.plan(3)
    first.fault(fault, count=100)
    fleet.work(runtime)
    ends = {(one.state, one.reason, one.attempts) for one in fleet.utterances}
    assert ends == {("discarded", "no_usable_answer", MAX_ATTEMPTS)}
    assert {row[1] for row in fleet.ledger} == {outcome}


@pytest.mark.parametrize("fault", ["malformed_json", "refusal"])
def test_tokens_of_an_answer_that_cannot_be_used_are_in_the_ledger_too(fault, first, fleet, make_runtime):
    fleet.plan(2)
    first.fault(fault, count=1)
    generate(make_runtime(first.url).generation, AMBIENT)
    [request] = fetch(fleet.sessions, select(LLMRequest))
    assert request.tokens_in > 100
    assert request.tokens_out > 0


def test_a_limit_that_two_requests_share_is_obeyed_by_all_lanes(first, fleet, make_runtime):
    """After a 429 nobody asks the provider again before its seconds are over."""
    runtime = make_runtime(first.url)
    fleet.plan(1)
    fleet.plan(1, urgency="interactive")
    first.fault("status_429", count=1, retry_after=9)
    generate(runtime.generation, AMBIENT)
    generate(runtime.generation, INTERACTIVE)
    assert fleet.ledger == [("first", "ratelimited", 1, 0)]
    assert fleet.held_s(INTERACTIVE) > 7
    assert len(first.requests()) == 1
