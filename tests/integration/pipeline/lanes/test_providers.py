"""Which provider a batch goes to, and what becomes of it when one fails, hangs or refuses."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import select, update

from app.domain.errors import LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.lanes.leaks import canary_of
from app.domain.ports import Grant
from app.models import LLMRequest, Utterance
from app.services.lanes.calling import BACKOFF_CAP_S, REJECTED_REST_S, pause
from app.services.lanes.claiming import GATHER_S
from app.services.lanes.generation import AMBIENT, generate
from tests.builders import NOW, fetch
from tests.integration.pipeline.lanes.flights import fly, held_until, states


def test_prompts_do_not_gather_for_ever_behind_a_request_that_hangs(pipeline, plan):
    fly(pipeline, AMBIENT, 1)
    with pipeline.sessions.begin() as session:
        session.execute(update(LLMRequest).values(created_at=NOW - dt.timedelta(seconds=GATHER_S)))
    plan(1)
    generate(pipeline.generation, AMBIENT)
    assert len(pipeline.llm.requests) == 1


@pytest.mark.parametrize(("hung", "left"), [(True, 1), (False, 0)])
def test_a_provider_that_hangs_is_left_alone_at_once_when_another_one_stands_by(pipeline, plan, fallback, hung, left):
    plan(1)
    pipeline.llm.errors = [LLMUnavailable("slow", "slow" if hung else None)]
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.breaker.left, len(fallback.client.requests)) == (left, 1)


def test_the_last_provider_of_a_chain_is_never_left_alone_for_one_timeout(pipeline, plan):
    plan(1)
    pipeline.llm.errors = [LLMUnavailable("slow", "slow")]
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.breaker.left, pipeline.breaker.reports) == (0, [False])


def test_an_open_breaker_leads_to_the_next_provider_without_a_request(pipeline, plan, fallback):
    pipeline.breaker.open = True
    plan(2)
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    assert pipeline.provider.reserved == []
    assert len(fallback.client.requests) == 1
    assert states(pipeline) == ["ready", "ready"]


def test_without_any_provider_the_lane_waits_for_the_first_that_may_be_asked(pipeline, plan, fallback):
    pipeline.breaker.open = True
    fallback.limiter.grants = [Grant(False, 3.0, saturated=True)]
    plan(2)
    generate(pipeline.generation, AMBIENT)
    assert held_until(pipeline) == NOW + dt.timedelta(seconds=3)
    assert states(pipeline) == ["planned", "planned"]
    assert fetch(pipeline.sessions, select(LLMRequest)) == []
    assert pipeline.queue.lanes == [(AMBIENT, 3.01)]
    generate(pipeline.generation, AMBIENT)
    assert fallback.client.requests == []


def test_a_permission_that_the_limiter_does_not_follow_is_given_back(pipeline, plan):
    pipeline.provider.grants = [Grant(False, 1.0, saturated=True)]
    plan(1)
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.breaker.cancelled, pipeline.breaker.reports) == (1, [])


def test_the_lease_lasts_for_a_call_to_every_provider(pipeline, plan, fallback, monkeypatch):
    plan(1)
    seen = []
    pipeline.llm.errors = [LLMUnavailable("down")]
    complete = fallback.client.complete

    def look(messages, schema, budget, listen):
        seen.extend(fetch(pipeline.sessions, select(Utterance.lease_until)))
        return complete(messages, schema, budget)

    monkeypatch.setattr(fallback.client, "complete", look)
    generate(pipeline.generation, AMBIENT)
    assert seen[0] - NOW > dt.timedelta(seconds=2 * pipeline.generation.timeout_s)


def test_the_breaker_hears_of_a_provider_that_is_away_and_opens_at_once_for_one_that_refuses_us(pipeline, plan):
    refusals = [LLMRejected("no", fault) for fault in ("key", "money", "model", "content")]
    pipeline.llm.errors = [LLMUnavailable("down"), LLMRateLimited(1), *refusals]
    for _ in range(7):
        plan(1)
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    assert pipeline.breaker.reports == [False, True, False, False, False, True, True]
    assert pipeline.breaker.left == 3


def test_tokens_of_a_request_that_was_turned_away_are_given_back_and_of_one_without_answer_are_not(pipeline, plan):
    pipeline.llm.errors = [LLMRateLimited(1), LLMRejected("no"), LLMUnavailable("down")]
    for _ in range(3):
        plan(1)
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    assert [used for _, used in pipeline.provider.settled] == [0, 0]
    assert pipeline.provider.rests == [1, REJECTED_REST_S]


def test_a_prompt_that_every_provider_refuses_is_isolated_and_does_not_block_its_lane(pipeline, plan, monkeypatch):
    plans = plan(8)
    poisoned = plans[3]
    complete = pipeline.llm.complete

    def refuse(messages, schema, budget, listen):
        if canary_of(poisoned) in messages[-1]["content"]:
            raise LLMRejected("400", "rejected")
        return complete(messages, schema, budget)

    monkeypatch.setattr(pipeline.llm, "complete", refuse)
    for _ in range(20):
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    ended = {one.id: (one.state, one.reason) for one in fetch(pipeline.sessions, select(Utterance))}
    assert ended.pop(poisoned) == ("discarded", "no_usable_answer")
    assert set(ended.values()) == {("ready", None)}


def test_the_pause_has_full_jitter_below_a_bound_that_doubles():
    rng = random.Random(7)
    pauses = {streak: [pause(LLMUnavailable("x"), streak, rng) for _ in range(400)] for streak in range(8)}
    for streak, found in pauses.items():
        bound = min(BACKOFF_CAP_S, 2.0**streak)
        assert 0 <= min(found) < bound * 0.1
        assert bound * 0.9 < max(found) <= bound


def test_pauses_grow_while_a_lane_fails_again_and_again(pipeline, plan, monkeypatch):
    monkeypatch.setattr(random.Random, "uniform", lambda self, low, high: high)
    plan(1)
    pipeline.llm.errors = [LLMUnavailable("down")] * 5
    waits = []
    for _ in range(5):
        generate(pipeline.generation, AMBIENT)
        waits.append((held_until(pipeline) - pipeline.clock.now()).total_seconds())
        pipeline.clock.time = held_until(pipeline)
    assert waits == [1, 2, 4, 8, 10]
    generate(pipeline.generation, AMBIENT)
    plan(1)
    pipeline.llm.errors = [LLMUnavailable("down")]
    generate(pipeline.generation, AMBIENT)
    assert (held_until(pipeline) - pipeline.clock.now()).total_seconds() == 1
