"""A provider that cannot answer is followed by the next one, at once; nothing is lost and nothing answered twice."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest

from app import metrics
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.schedule.sweeping import sweep
from tests.integration.llm_chain.conftest import FIRST
from tests.waiting import patience, stretched


def requests(lane, provider, outcome):
    return metrics.LLM_REQUESTS.labels(lane, provider, outcome)._value.get()


@pytest.mark.parametrize(("fault", "within_s"), [("status_500", 2.0), ("reset", 2.0), ("timeout", 1.0 + 2.0)])
def test_the_same_plans_go_to_the_next_provider_at_once(fault, within_s, first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url)
    fleet.plan(5)
    first.fault(fault, count=1)
    began = time.monotonic()
    generate(runtime.generation, AMBIENT)
    assert time.monotonic() - began < patience(within_s)
    assert fleet.ledger == [("first", "unavailable", 5, 0), ("second", "answered", 5, 5)]
    assert fleet.states == ["ready"] * 5


def test_a_provider_that_nobody_listens_for_is_passed_over(second, refused_url, fleet, make_runtime):
    runtime = make_runtime(refused_url, second.url)
    fleet.plan(2)
    began = time.monotonic()
    generate(runtime.generation, AMBIENT)
    assert time.monotonic() - began < patience(2)
    assert [row[:2] for row in fleet.ledger] == [("first", "unavailable"), ("second", "answered")]
    assert fleet.held_s() <= 0


def test_a_refused_key_moves_on_is_visible_and_is_not_tried_with_every_request(first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url)
    before = requests(AMBIENT, FIRST, "rejected")
    first.fault("unauthorized", count=100)
    for _ in range(3):
        fleet.plan(1)
        fleet.work(runtime)
    assert [row[:2] for row in fleet.ledger] == [("first", "rejected"), *[("second", "answered")] * 3]
    assert fleet.states == ["ready"] * 3
    assert requests(AMBIENT, FIRST, "rejected") == before + 1


def test_a_429_of_the_first_is_waited_out_at_the_second(first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url)
    first.fault("status_429", count=100, retry_after=60)
    for _ in range(3):
        fleet.plan(1)
        fleet.work(runtime)
    assert [row[:2] for row in fleet.ledger] == [("first", "ratelimited"), *[("second", "answered")] * 3]


def test_a_first_provider_without_room_leaves_prompts_to_the_second(first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url, llm_rpm=2)
    for _ in range(4):
        fleet.plan(1)
        fleet.work(runtime)
    assert {row[0] for row in fleet.ledger} == {"first", "second"}
    assert {row[1] for row in fleet.ledger} == {"answered"}


def test_an_answer_in_the_wrong_form_is_asked_again_where_it_came_from(first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url)
    fleet.plan(2)
    first.fault("malformed_json", count=1)
    fleet.work(runtime)
    assert {row[0] for row in fleet.ledger} == {"first"}


def test_while_all_are_down_plans_wait_and_are_said_when_one_is_back(first, second, fleet, make_runtime):
    runtime = make_runtime(first.url, second.url)
    fleet.plan(3)
    for provider in (first, second):
        provider.fault("status_500", count=1)
    generate(runtime.generation, AMBIENT)
    assert [row[:2] for row in fleet.ledger] == [("first", "unavailable"), ("second", "unavailable")]
    assert fleet.states == ["planned"] * 3
    assert {one.attempts for one in fleet.utterances} == {0}
    fleet.work(runtime)
    assert fleet.states == ["ready"] * 3


def test_with_all_down_an_answer_ends_with_a_reason_once_patience_is_over(refused_url, fleet, make_runtime):
    runtime = make_runtime(refused_url, refused_url)
    waited = dt.timedelta(seconds=runtime.fleet_settings.read().mention_patience_s)
    now = dt.datetime.now(dt.UTC)
    [old] = fleet.plan(1, urgency="interactive", planned_at=now - waited - dt.timedelta(seconds=1))
    [fresh] = fleet.plan(1, urgency="interactive", planned_at=now - waited + dt.timedelta(seconds=30))
    generate(runtime.generation, INTERACTIVE)
    sweep(runtime.sweeping)
    found = {one.id: (one.state, one.reason) for one in fleet.utterances}
    assert found == {old: ("discarded", "stale"), fresh: ("planned", None)}


def test_two_workers_with_unreliable_providers_answer_everything_exactly_once(first, second, fleet, make_runtime):
    runtimes = [make_runtime(first.url, second.url, llm_batch_size=5, llm_timeout_s=stretched(0.5)) for _ in range(2)]
    plans = fleet.plan(40)
    first.fault("status_500", probability=0.4)
    first.fault("timeout", count=2)
    second.fault("reset", probability=0.3)
    workers = [threading.Thread(target=fleet.work, args=(runtime,), kwargs={"within_s": 40}) for runtime in runtimes]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(patience(45))
    assert [one.id for one in fleet.utterances if one.state == "ready" and one.text] == plans
    assert sum(row[3] for row in fleet.ledger) == 40
    assert "unavailable" in {row[1] for row in fleet.ledger}
    assert "in_flight" not in {row[1] for row in fleet.ledger}
