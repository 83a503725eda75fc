"""Slow servers: how many requests are in flight, how large a batch is, and when one is given up."""

from __future__ import annotations

import pytest

from app.domain.errors import LLMUnavailable
from app.domain.prompting.token_rates import LONGEST_S, TokenRates
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from tests.integration.pipeline.lanes.flights import fly, ridden, states


@pytest.mark.parametrize(("places", "flying", "may"), [(2, 1, True), (2, 2, False), (1, 0, True), (1, 1, False)])
def test_no_more_requests_are_in_flight_than_the_provider_has_places(pipeline, plan, places, flying, may):
    fly(pipeline, INTERACTIVE, flying, model="fake-1")
    pipeline.pace.now = places
    plan(1, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    assert bool(pipeline.llm.requests) is may


def test_requests_at_another_provider_take_no_place_here(pipeline, plan):
    fly(pipeline, INTERACTIVE, 3, model="another")
    pipeline.pace.now = 1
    plan(1, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    assert len(pipeline.llm.requests) == 1


def test_the_last_place_is_a_persons_while_one_waits(pipeline, plan):
    pipeline.pace.now = 1
    plan(1)
    [asked] = plan(1, "interactive")
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    generate(pipeline.generation, INTERACTIVE)
    generate(pipeline.generation, AMBIENT)
    assert ridden(pipeline)[0] == [asked]
    assert set(states(pipeline)) == {"ready"}


@pytest.mark.parametrize(("seconds_per_item", "size"), [(None, 1), (10.0, 1), (3.0, 5), (0.1, 20)])
def test_a_batch_for_a_server_nearby_is_as_large_as_it_answers_in_half_the_time(pipeline, plan, seconds_per_item, size):
    pipeline.near = True
    pipeline.usage.rates = TokenRates(seconds_per_item=seconds_per_item)
    plan(25)
    generate(pipeline.generation, AMBIENT)
    assert [len(request) for request in ridden(pipeline)] == [size]


@pytest.mark.parametrize(("seconds_per_item", "timeout_s"), [(1.0, 30.0), (40.0, 120.0), (500.0, LONGEST_S)])
def test_a_slow_server_nearby_gets_the_time_that_it_needs(pipeline, plan, seconds_per_item, timeout_s):
    pipeline.near = True
    pipeline.usage.rates = TokenRates(seconds_per_item=seconds_per_item)
    plan(1)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.timeouts == [timeout_s]


def test_a_request_that_was_given_up_tells_how_slow_the_server_is_and_how_many_were_too_many(pipeline, plan):
    pipeline.near = True
    plan(1)
    fly(pipeline, INTERACTIVE, 1, model="fake-1")
    pipeline.llm.errors = [LLMUnavailable("slow", "slow")]
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.usage.slow, pipeline.pace.learned) == ([1], [(2, True)])


def test_a_provider_far_away_keeps_its_batches_and_its_deadline(pipeline, plan):
    pipeline.usage.rates = TokenRates(seconds_per_item=10.0)
    plan(25)
    pipeline.llm.errors = [LLMUnavailable("slow", "slow")]
    generate(pipeline.generation, AMBIENT)
    assert (len(ridden(pipeline)[0]), pipeline.llm.timeouts, pipeline.usage.slow) == (20, [None], [])
