from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.decide import decide
from app.domain.hours import Window
from app.domain.tick import OpenTopic, Reply, Silent
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, mention, message, profile


def plan_of(given_context, seed=1):
    return decide(given_context, NOW, random.Random(seed)).plan


@given(seed=st.integers(0, 2**63), probability=st.floats(0, 1))
def test_the_same_context_instant_and_seed_give_the_same_decision(seed, probability):
    scene = context(
        settings={"speak_probability": probability},
        chats=tuple(chat(c, *(message(c * 100 + n, f"rates {n}?", n) for n in range(6))) for c in (10, 11, 12)),
        bot=profile(topics=("rates", "gold", "tea")),
    )
    assert decide(scene, NOW, random.Random(seed)) == decide(scene, NOW, random.Random(seed))


def test_a_decision_leaves_global_randomness_alone():
    random.seed(7)
    before = random.getstate()
    plan_of(context())
    assert random.getstate() == before


def test_different_seeds_choose_different_chats():
    scene = context(chats=(chat(10, message(1)), chat(11, message(2))))
    assert {plan_of(scene, seed).chat_id for seed in range(30)} == {10, 11}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"settings": {"fleet_paused": True}}, "fleet_paused"),
        ({"bot_status": "paused"}, "bot_paused"),
        ({"bot_status": "broken"}, "bot_broken"),
        ({"chats": ()}, "no_chat"),
        ({"last_spoke_at": ago(44)}, "cooldown"),
        ({"speaking": "ambient"}, "already_speaking"),
        ({"speaking": "busy"}, "already_speaking"),
        ({"settings": {"speak_probability": 0.0}}, "quiet_turn"),
        ({"chats": (chat(10, message(1), floor_taken=True),)}, "floor_taken"),
        ({"chats": (chat(10, message(1), last_ambient_at=ago(9)),)}, "gap_not_over"),
        ({"chats": (chat(10, message(1, author_bot_id=ME)),)}, "spoke_last"),
        ({"wanted_mention_id": 5}, "mention_settled"),
    ],
)
def test_silence_names_its_reason_and_the_trace_ends_with_it(changes, reason):
    decision = decide(context(**changes), NOW, random.Random(1))
    assert decision.plan == Silent(reason)
    assert decision.trace[-1].verdict == reason


def test_a_bot_that_rested_as_long_as_its_cooldown_speaks():
    assert not isinstance(plan_of(context(last_spoke_at=ago(45))), Silent)


def test_a_mention_is_answered_despite_cooldown_chance_and_a_taken_floor():
    scene = context(
        mentions=(mention(5),),
        last_spoke_at=ago(1),
        settings={"speak_probability": 0.0},
        chats=(chat(10, message(1), floor_taken=True, last_ambient_at=ago(1)),),
    )
    assert plan_of(scene) == Reply(10, 505, 5)
    assert plan_of(scene).urgency == "interactive"


def test_a_mention_overrules_an_unasked_message_under_way_but_not_one_that_is_being_sent():
    assert plan_of(context(mentions=(mention(5),), speaking="ambient")) == Reply(10, 505, 5)
    assert plan_of(context(mentions=(mention(5),), speaking="busy")) == Silent("already_speaking")


@pytest.mark.parametrize(
    "changes",
    [
        {"settings": {"fleet_paused": True}},
        {"bot_status": "paused"},
        {"bot": profile(active=(Window(dt.time(13), dt.time(14)),))},
    ],
)
def test_a_mention_overrules_no_kill_switch_and_wakes_nobody(changes):
    assert isinstance(plan_of(context(mentions=(mention(5),), **changes)), Silent)


def test_the_mention_that_made_the_tick_comes_first_then_the_oldest():
    waiting = (mention(5, age_s=90), mention(6, age_s=100), mention(7, age_s=10))
    assert plan_of(context(mentions=waiting, wanted_mention_id=7)).mention_id == 7
    assert plan_of(context(mentions=waiting)).mention_id == 6
    assert plan_of(context(mentions=waiting, wanted_mention_id=99)).mention_id == 6


def test_an_expired_mention_is_not_answered():
    scene = context(mentions=(mention(5, age_s=301),), wanted_mention_id=5)
    assert plan_of(scene) == Silent("mention_settled")


def test_an_unasked_reply_answers_a_message_and_nobody_waits_for_it():
    plan = plan_of(context(settings={"speak_probability": 1.0, "reply_probability": 1.0}))
    assert plan == Reply(10, 1, None)
    assert plan.urgency == "ambient"


def test_a_bot_that_may_not_reply_opens_a_topic_of_its_own():
    scene = context(settings={"reply_probability": 0.0}, bot=profile(topics=("rates",)))
    assert plan_of(scene) == OpenTopic(10, "rates")


def test_with_nothing_to_answer_a_reply_becomes_a_topic():
    scene = context(settings={"reply_probability": 1.0}, chats=(chat(10, message(1, age_s=601)),))
    assert isinstance(plan_of(scene), OpenTopic)


@given(probability=st.floats(0, 1), seed=st.integers(0, 10**6))
def test_chance_is_kept_as_the_settings_say(probability, seed):
    decision = decide(context(settings={"speak_probability": probability}), NOW, random.Random(seed))
    expected = random.Random(seed).random() < probability
    assert isinstance(decision.plan, Silent) is not expected


def test_every_rule_that_was_asked_is_in_the_trace_in_order():
    decision = decide(context(last_spoke_at=ago(100)), NOW, random.Random(1))
    rules = [step.rule for step in decision.trace]
    assert rules[:6] == ["fleet_runs", "bot_is_active", "has_a_chat", "is_awake", "is_free", "is_rested"]
    assert rules[6:9] == ["has_money", "wants_to_speak", "choose_chat"]
    rested = decision.trace[5]
    assert rested.as_json() == {
        "rule": "is_rested",
        "verdict": "ok",
        "numbers": {"rested_s": 100.0, "cooldown_s": 45.0},
    }
