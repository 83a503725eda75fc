"""From plans to texts: what rides together, what is asked again, what ends with which reason."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import select

from app.domain.errors import LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Grant
from app.models import Lane, LLMRequest, Message, Utterance
from app.repositories.utterances.planning import supersede_ambient
from app.services.lanes.generation import AMBIENT, INTERACTIVE, generate
from app.services.schedule.sweeping import sweep
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_utterance, refetch
from tests.provider_fakes import answer_texts


def plans(pipeline, count, urgency="ambient", **fields):
    """Plans of as many bots, each in a chat of its own."""
    made = []
    for number in range(count):
        bot = make_bot(pipeline.sessions, f"{urgency.title()}{number}")
        chat = make_chat(pipeline.sessions, bot)
        made.append(make_utterance(pipeline.sessions, bot, chat, "planned", urgency=urgency, **fields))
    return made


def states(pipeline):
    return fetch(pipeline.sessions, select(Utterance.state).order_by(Utterance.id))


def asked(pipeline):
    """The ids of every request so far."""
    return [[item["utterance"] for item in request] for request in pipeline.llm.requests]


def held_until(pipeline, lane=AMBIENT):
    [lane_row] = fetch(pipeline.sessions, select(Lane).where(Lane.name == lane))
    return lane_row.not_before


def only(*wanted):
    """An answer that leaves out every id but these."""
    return answer_texts(lambda utterance: f"Said {utterance}" if utterance in wanted else None)


def test_without_room_the_plans_go_back_and_the_lane_waits_as_long_as_it_was_told(pipeline):
    plans(pipeline, 3)
    pipeline.provider.grants = [Grant(False, 2.5, True)]
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    assert states(pipeline) == ["planned"] * 3
    assert fetch(pipeline.sessions, select(Utterance.attempts)) == [0, 0, 0]
    assert fetch(pipeline.sessions, select(LLMRequest)) == []
    assert held_until(pipeline) == NOW + dt.timedelta(seconds=2.5)
    assert pipeline.queue.lanes == [(AMBIENT, pytest.approx(2.51))]
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    pipeline.clock.pass_seconds(2.5)
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready"] * 3


def test_a_lane_that_waited_takes_both_urgencies_with_people_first(pipeline):
    ambient, people = plans(pipeline, 4), plans(pipeline, 3, "interactive")
    pipeline.provider.grants = [Grant(False, 1.0, True)]
    generate(pipeline.generation, AMBIENT)
    pipeline.clock.pass_seconds(1)
    generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[plan.id for plan in (*people, *ambient)]]


def test_a_lane_with_room_sends_only_its_own(pipeline):
    plans(pipeline, 2)
    people = plans(pipeline, 2, "interactive")
    generate(pipeline.generation, INTERACTIVE)
    assert asked(pipeline) == [[plan.id for plan in people]]


def test_more_plans_than_a_batch_ride_in_the_next_one_oldest_first(pipeline):
    made = [*plans(pipeline, 5, planned_at=NOW - dt.timedelta(seconds=9)), *plans(pipeline, 20)]
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[plan.id for plan in made[:20]], [plan.id for plan in made[20:]]]
    assert set(pipeline.queue.lanes) == {(AMBIENT, 0.0), (INTERACTIVE, 0.0)}


def test_beside_a_request_in_flight_only_a_full_batch_starts(pipeline):
    plans(pipeline, 19)
    lease = NOW + dt.timedelta(seconds=30)
    row = {"lane": AMBIENT, "provider": "fake", "model": "m", "prompts": 1, "lease_until": lease}
    add(pipeline.sessions, LLMRequest(**row))
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    plans(pipeline, 1)
    generate(pipeline.generation, AMBIENT)
    assert len(asked(pipeline)[0]) == 20


def test_a_plan_that_failed_waits_behind_those_that_were_there_before(pipeline):
    made = plans(pipeline, 22)
    pipeline.llm.answer = only(*(plan.id for plan in made[1:]))
    for _ in range(3):
        pipeline.clock.pass_seconds(1)
        generate(pipeline.generation, AMBIENT)
    assert asked(pipeline)[1:] == [[made[20].id, made[21].id], [made[0].id]]


def test_an_item_without_an_answer_is_asked_again(pipeline):
    first, second = plans(pipeline, 2)
    pipeline.llm.answer = only(first.id)
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready", "planned"]
    pipeline.llm.answer = None
    generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[first.id, second.id], [second.id]]
    assert states(pipeline) == ["ready", "ready"]


def test_a_plan_that_fails_three_times_alone_ends_with_its_reason(pipeline):
    plan, *others = plans(pipeline, 2)
    for _ in range(6):
        pipeline.llm.answer = only(*(other.id for other in others))
        for _ in range(2):
            pipeline.clock.pass_seconds(60)
            generate(pipeline.generation, AMBIENT)
        others += plans(pipeline, 1)
    asked_for = [ids for ids in asked(pipeline) if plan.id in ids]
    assert asked_for == [[plan.id, others[0].id], *([[plan.id]] * 4)]
    row = refetch(pipeline.sessions, plan)
    assert (row.state, row.reason) == ("discarded", "no_usable_answer")


def test_one_poisoned_prompt_does_not_block_the_others_of_its_batch(pipeline):
    made = plans(pipeline, 20)
    poison = made[7].id

    def answer(items):
        ids = [item["utterance"] for item in items]
        return "I cannot do that" if poison in ids else only(*ids)(items)

    pipeline.llm.answer = answer
    for _ in range(14):
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)
    assert states(pipeline).count("ready") == 19
    assert refetch(pipeline.sessions, made[7]).reason == "no_usable_answer"
    sizes = [len(ids) for ids in asked(pipeline)]
    assert sizes[0] == 20
    assert max(sizes[1:]) <= 5


def test_fresh_plans_are_not_dragged_into_small_batches_by_failed_ones(pipeline):
    failed = plans(pipeline, 2, attempts=1)
    fresh = plans(pipeline, 10)
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[plan.id for plan in failed], [plan.id for plan in fresh]]


@pytest.mark.parametrize(
    ("error", "most_wait_s"), [(LLMUnavailable("down"), 10), (LLMRateLimited(4), 4), (LLMRejected("key"), 30)]
)
def test_a_provider_that_is_down_costs_no_plan_an_attempt(pipeline, error, most_wait_s):
    plans(pipeline, 3)
    for _ in range(5):
        pipeline.llm.errors = [error]
        generate(pipeline.generation, AMBIENT)
        assert dt.timedelta(0) < held_until(pipeline) - pipeline.clock.now() <= dt.timedelta(seconds=most_wait_s)
        pipeline.clock.pass_seconds(most_wait_s)
    assert states(pipeline) == ["planned"] * 3
    assert set(fetch(pipeline.sessions, select(Utterance.attempts))) == {0}
    assert len(set(fetch(pipeline.sessions, select(LLMRequest.outcome)))) == 1
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["ready"] * 3


def test_a_429_of_the_provider_rests_the_limiter_of_all_workers(pipeline):
    plans(pipeline, 1)
    pipeline.llm.errors = [LLMRateLimited(4)]
    generate(pipeline.generation, AMBIENT)
    assert pipeline.provider.rests == [4]


def test_the_ledger_has_a_row_before_the_call_and_the_outcome_after_it(pipeline):
    plans(pipeline, 2)
    during = []

    def answer(items):
        during.extend(fetch(pipeline.sessions, select(LLMRequest.outcome)))
        return only(items[0]["utterance"])(items)

    pipeline.llm.answer = answer
    generate(pipeline.generation, AMBIENT)
    assert during == ["in_flight"]
    [row] = fetch(pipeline.sessions, select(LLMRequest))
    assert (row.outcome, row.prompts, row.answered, row.tokens_in, row.tokens_out) == ("answered", 2, 1, 100, 20)
    pipeline.llm.errors = [LLMMalformed("?")]
    generate(pipeline.generation, AMBIENT)
    assert fetch(pipeline.sessions, select(LLMRequest.outcome).order_by(LLMRequest.id))[1] == "malformed"


def test_no_transaction_is_open_while_the_provider_is_asked(pipeline, committed_db):
    plans(pipeline, 1)
    open_connections = []
    pipeline.llm.answer = lambda items: open_connections.append(committed_db.pool.checkedout()) or only()(items)
    generate(pipeline.generation, AMBIENT)
    assert open_connections == [0]


def test_the_answer_for_a_plan_that_was_superseded_meanwhile_is_dropped(pipeline):
    first, second = plans(pipeline, 2)

    def answer(items):
        with pipeline.sessions.begin() as session:
            supersede_ambient(session, first.bot_id, NOW)
        return only(first.id, second.id)(items)

    pipeline.llm.answer = answer
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["discarded", "ready"]
    assert refetch(pipeline.sessions, first).reason == "superseded"


def test_the_answer_that_comes_after_the_sweeper_took_the_plan_back_is_not_said_twice(pipeline):
    [plan] = plans(pipeline, 1)

    def answer(items):
        pipeline.clock.pass_seconds(60)
        sweep(pipeline.sweeping)
        return only(plan.id)(items)

    pipeline.llm.answer = answer
    generate(pipeline.generation, AMBIENT)
    assert states(pipeline) == ["planned"]


def test_a_draft_that_is_refused_twice_is_discarded_with_reason_and_text(pipeline):
    repeated, unsafe = plans(pipeline, 2)
    spoken = {"chat_id": repeated.chat_id, "bot_id": repeated.bot_id, "telegram_message_id": 1, "sent_at": NOW}
    add(pipeline.sessions, Message(**spoken, text="Said it before."))
    texts = {repeated.id: "said it BEFORE.", unsafe.id: "Guaranteed profit!"}
    pipeline.llm.answer = answer_texts(texts.get)
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    rows = [refetch(pipeline.sessions, plan) for plan in (repeated, unsafe)]
    assert [(row.state, row.reason) for row in rows] == [
        ("discarded", "duplicate"),
        ("discarded", "unsafe_promises_profit"),
    ]
    assert [row.text for row in rows] == list(texts.values())


def test_a_text_is_typed_once_its_bot_has_read_as_long_as_its_length_takes_and_then_sent(pipeline):
    [plan] = plans(pipeline, 1, reading_s=0.75)
    text = "Sixty characters are typed in four seconds by a quick hand.."
    pipeline.llm.answer = lambda items: json.dumps({"items": [{"id": items[0]["id"], "text": text}]})
    generate(pipeline.generation, AMBIENT)
    row = refetch(pipeline.sessions, plan)
    assert row.text == text
    assert row.typing_at - NOW == dt.timedelta(seconds=0.75)
    assert row.send_at - row.typing_at == dt.timedelta(seconds=4)
    assert row.available_at == row.typing_at


def test_an_empty_lane_asks_nobody(pipeline):
    generate(pipeline.generation, AMBIENT)
    assert pipeline.llm.requests == []
    assert fetch(pipeline.sessions, select(LLMRequest)) == []


@pytest.mark.parametrize("draft", ["\x00", "\ud800", "\u200b\x00", "\ud800 guaranteed"], ids=ascii)
def test_a_draft_of_nothing_but_odd_characters_harms_no_other(pipeline, draft):
    odd, fine = plans(pipeline, 2)
    texts = {odd.id: draft, fine.id: "Fine."}
    pipeline.llm.answer = answer_texts(texts.get)
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, fine).state == "ready"
    assert refetch(pipeline.sessions, odd).state != "generating"


def test_a_plan_that_asked_for_few_words_gets_no_more_than_those(pipeline):
    plans(pipeline, 1, max_words=14)
    plans(pipeline, 1)
    generate(pipeline.generation, AMBIENT)
    [request] = pipeline.llm.requests
    assert sorted(item["task"]["max_words"] for item in request) == [14, 40]
