"""How lanes fill their requests: who rides, what is cut, what is reserved, and how long they wait."""

from __future__ import annotations

import datetime as dt
import random
from itertools import chain

import pytest
from sqlalchemy import select, update

from app.domain import prompting
from app.domain.errors import LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Grant
from app.domain.prompting.token_rates import TokenRates
from app.models import Lane, LLMRequest, Utterance
from app.services.lanes.calling import BACKOFF_CAP_S, REJECTED_REST_S, pause
from app.services.lanes.claiming import GATHER_S, IN_FLIGHT, MAX_IN_FLIGHT
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from tests.builders import NOW, fetch, make_bot, make_chat, make_message, make_utterance


@pytest.fixture
def plan(pipeline):
    """Plans that wait, each in a chat of its own; the first is the oldest."""

    def make(count, urgency="ambient"):
        made = []
        for number in range(count):
            bot = make_bot(pipeline.sessions, f"Bot{number}")
            chat = make_chat(pipeline.sessions, bot, title=f"Chat {number}")
            make_message(pipeline.sessions, chat, "x" * 400)
            planned_at = NOW - dt.timedelta(seconds=count - number)
            made.append(make_utterance(pipeline.sessions, bot, chat, "planned", urgency=urgency, planned_at=planned_at))
        return [one.id for one in made]

    return make


@pytest.fixture
def fallback(pipeline):
    """A second provider behind the first."""
    return pipeline.add_fallback()


AMBIENT_IN_FLIGHT = IN_FLIGHT["ambient"]


def fly(pipeline, lane, count):
    """Requests that are in flight."""
    with pipeline.sessions.begin() as session:
        session.add_all(
            LLMRequest(lane=lane, provider="fake", model="m", prompts=1, lease_until=NOW + dt.timedelta(minutes=1))
            for _ in range(count)
        )


def ridden(pipeline):
    return [[int(item["id"]) for item in request] for request in pipeline.llm.requests]


def held_until(pipeline, lane=AMBIENT):
    [until] = fetch(pipeline.sessions, select(Lane.not_before).where(Lane.name == lane))
    return until


def states(pipeline):
    return fetch(pipeline.sessions, select(Utterance.state).order_by(Utterance.id))


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
    pipeline.llm.errors = [LLMUnavailable("slow", hung=hung)]
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.breaker.left, len(fallback.client.requests)) == (left, 1)


def test_the_last_provider_of_a_chain_is_never_left_alone_for_one_timeout(pipeline, plan):
    plan(1)
    pipeline.llm.errors = [LLMUnavailable("slow", hung=True)]
    generate(pipeline.generation, AMBIENT)
    assert (pipeline.breaker.left, pipeline.breaker.reports) == (0, [False])


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


def test_only_unavailable_counts_as_a_failure_of_the_provider(pipeline, plan):
    pipeline.llm.errors = [LLMUnavailable("down"), LLMRateLimited(1), LLMRejected("no")]
    for _ in range(4):
        plan(1)
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    assert pipeline.breaker.reports == [False, True, True, True]


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
        if f'"id":"{poisoned}"' in messages[-1]["content"]:
            raise LLMRejected("400", blames_prompt=True)
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
