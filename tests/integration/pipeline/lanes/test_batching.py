"""What rides in the next request, and what waits."""

from __future__ import annotations

from itertools import chain

import pytest
from sqlalchemy import select

from app.domain import prompting
from app.domain.ports import Grant
from app.domain.prompting.token_rates import TokenRates
from app.models import LLMRequest, Utterance
from app.services.lanes.claiming import MAX_IN_FLIGHT
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from tests.builders import fetch
from tests.integration.pipeline.lanes.flights import AMBIENT_IN_FLIGHT, fly, held_until, ridden, states


def test_while_the_limit_is_the_bottleneck_people_who_wait_ride_in_the_very_next_request(pipeline, plan):
    pipeline.provider.grants = [Grant(False, 2.0, saturated=True)]
    ambient = plan(25)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    people = plan(2, "interactive")
    pipeline.clock.pass_seconds(2)
    generate(pipeline.generation, AMBIENT)
    assert ridden(pipeline) == [[*people, *ambient[:18]]]


def test_what_nobody_waits_for_is_not_claimed_before_there_is_room(pipeline, plan):
    ambient = plan(2)
    pipeline.provider.room_in_s = 0.7
    generate(pipeline.generation, AMBIENT)
    assert pipeline.provider.reserved == []
    assert states(pipeline) == ["planned", "planned"]
    assert pipeline.queue.lanes == [(AMBIENT, 0.71)]
    generate(pipeline.generation, AMBIENT)
    assert pipeline.queue.lanes == [(AMBIENT, 0.71)], "it is held, and was nudged already"

    pipeline.provider.room_in_s = 0.0
    pipeline.clock.pass_seconds(0.7)
    people = plan(1, "interactive")
    generate(pipeline.generation, AMBIENT)
    assert ridden(pipeline) == [[*people, *ambient]]


def test_an_empty_lane_without_room_is_not_nudged_again(pipeline):
    pipeline.provider.room_in_s = 0.7
    generate(pipeline.generation, AMBIENT)
    assert pipeline.queue.lanes == []


def test_while_the_limit_has_room_people_do_not_wait_for_a_full_batch(pipeline, plan):
    plan(3)
    people = plan(6, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    assert ridden(pipeline) == [people[:4]]


def test_people_do_not_wait_for_the_answer_of_somebody_else(pipeline, plan):
    fly(pipeline, INTERACTIVE, 1)
    people = plan(1, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    assert ridden(pipeline) == [people]


def test_the_interactive_lane_is_not_held_for_ambient_prompts(pipeline, plan):
    pipeline.provider.grants = [Grant(False, 2.0, saturated=True)]
    people = plan(1, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    pipeline.clock.pass_seconds(2)
    generate(pipeline.generation, INTERACTIVE)
    assert ridden(pipeline) == [people]
    plan(20)
    pipeline.provider.grants = [Grant(False, 2.0, saturated=True)]
    generate(pipeline.generation, INTERACTIVE)
    assert held_until(pipeline, INTERACTIVE) is None
    assert len(pipeline.llm.requests) == 1


def test_a_batch_is_cut_to_what_the_minute_has_left(pipeline, plan):
    plans = plan(20)
    pipeline.provider.grants = [Grant(True, saturated=True, tokens=2500)]
    generate(pipeline.generation, AMBIENT)
    [rode] = ridden(pipeline)
    assert 1 < len(rode) < 20
    assert rode == plans[: len(rode)]
    assert pipeline.provider.settled[0][0] == 2500


def test_a_batch_beyond_the_size_of_a_request_leaves_its_tail_to_the_next_one(pipeline, plan):
    plans = plan(10)
    pipeline.size = 1500
    generate(pipeline.generation, AMBIENT)
    [rode] = ridden(pipeline)
    assert 1 < len(rode) < 10
    assert rode == plans[: len(rode)]
    assert pipeline.provider.reserved[0] <= 1500
    assert states(pipeline) == ["ready"] * len(rode) + ["planned"] * (10 - len(rode))
    assert fetch(pipeline.sessions, select(LLMRequest.prompts)) == [len(rode)]
    assert set(fetch(pipeline.sessions, select(Utterance.attempts))) == {0}
    while "planned" in states(pipeline):
        generate(pipeline.generation, AMBIENT)
    assert list(chain.from_iterable(ridden(pipeline))) == plans


def test_a_single_prompt_beyond_the_size_of_a_request_is_sent_all_the_same(pipeline, plan):
    pipeline.size = 10
    plan(2)
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready", "ready"]
    assert [len(rode) for rode in ridden(pipeline)] == [1, 1]


def test_what_is_reserved_is_what_is_likely_and_what_was_used_is_settled_and_learned(pipeline, plan):
    plan(4)
    pipeline.usage.rates = TokenRates(prompt_ratio=0.5, answer_per_item=10)
    generate(pipeline.generation, AMBIENT)
    [(estimate, items, tokens_in, tokens_out)] = pipeline.usage.learned
    assert (items, tokens_in, tokens_out) == (4, 100, 40)
    [reserved] = pipeline.provider.reserved
    assert reserved == -(-estimate // 2) + 40
    assert pipeline.provider.settled == [(reserved, 140)]


def test_the_answer_may_still_take_its_whole_budget(pipeline, plan, monkeypatch):
    budgets = []
    complete = pipeline.llm.complete
    monkeypatch.setattr(
        pipeline.llm,
        "complete",
        lambda messages, schema, budget, listen: budgets.append(budget) or complete(messages, schema, budget),
    )
    plan(1)
    generate(pipeline.generation, AMBIENT)
    assert budgets[0] >= 40 * prompting.TOKENS_PER_WORD


def test_a_batch_is_full_as_well_when_its_usual_prompts_fill_the_tokens_of_a_request(pipeline, plan):
    fly(pipeline, AMBIENT, 1)
    pipeline.usage.rates = TokenRates(total_per_item=20_000)
    plan(4)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    plan(1)
    generate(pipeline.generation, AMBIENT)
    assert len(pipeline.llm.requests) == 1


@pytest.mark.parametrize(
    ("lane", "ambient_in_flight", "may"),
    [
        (AMBIENT, AMBIENT_IN_FLIGHT - 1, True),
        (AMBIENT, AMBIENT_IN_FLIGHT, False),
        (INTERACTIVE, AMBIENT_IN_FLIGHT, True),
        (INTERACTIVE, MAX_IN_FLIGHT, False),
    ],
)
def test_requests_in_flight_are_bounded_and_people_have_places_of_their_own(
    pipeline, plan, lane, ambient_in_flight, may
):
    fly(pipeline, AMBIENT, ambient_in_flight)
    plan(20, lane.removeprefix("chat."))
    generate(pipeline.generation, lane)
    assert bool(pipeline.llm.requests) is may


def test_as_many_requests_may_be_in_flight_as_slow_answers_keep_under_way():
    """30 requests a minute of 12 s each, with as much again in hand."""
    assert MAX_IN_FLIGHT >= 2 * 30 / 60 * 12
    assert AMBIENT_IN_FLIGHT > 30 / 60 * 12
