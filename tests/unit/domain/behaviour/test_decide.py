from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.decide import decide
from app.domain.behaviour.reactions import GLAD
from app.domain.behaviour.tick import OpenTopic, React, Reply, Silent
from app.domain.fleet.hours import parse_windows
from app.domain.fleet.persona import LengthProfile
from app.domain.money import FEWER_SHARE, DailyBudget
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, mention, message, profile

CALM = {"talk_backoff": 0.0}


def plan_of(given_context, seed=1):
    return decide(given_context, NOW, random.Random(seed)).plan


def answered(plan):
    """Chat, message and mention of a reply."""
    assert isinstance(plan, Reply)
    return plan.chat_id, plan.message_id, plan.mention_id


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
    chosen = {plan.chat_id for plan in (plan_of(scene, seed) for seed in range(60)) if not isinstance(plan, Silent)}
    assert chosen == {10, 11}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"settings": {"fleet_paused": True}}, "fleet_paused"),
        ({"bot_status": "broken"}, "bot_broken"),
        ({"chats": ()}, "no_chat"),
        ({"last_spoke_at": ago(44)}, "cooldown"),
        ({"settings": {"speak_probability": 0.0}}, "quiet_turn"),
        ({"chats": (chat(10, message(1), floor_taken=True),)}, "floor_taken"),
        ({"chats": (chat(10, message(1), last_ambient_at=ago(9)),)}, "gap_not_over"),
        ({"chats": (chat(10, message(1, author_bot_id=ME)),)}, "spoke_last"),
        ({"chats": (chat(10, message(1), status="paused"),)}, "chat_paused"),
        ({"chats": (chat(10, *(message(n, author_bot_id=2) for n in range(6))),)}, "bots_said_enough"),
        ({"wanted_mention_id": 5}, "mention_settled"),
    ],
)
def test_silence_names_its_reason_and_the_trace_ends_with_it(changes, reason):
    decision = decide(context(**changes), NOW, random.Random(1))
    assert decision.plan == Silent(reason)
    assert decision.trace[-1].verdict == reason


def test_a_mention_is_answered_despite_cooldown_chance_and_a_taken_floor():
    scene = context(
        mentions=(mention(5),),
        last_spoke_at=ago(1),
        settings={"speak_probability": 0.0},
        chats=(chat(10, message(1), floor_taken=True, last_ambient_at=ago(1), rests_until=ago(-9)),),
    )
    assert answered(plan_of(scene)) == (10, 505, 5)
    assert plan_of(scene).urgency == "interactive"


def test_a_mention_overrules_an_unasked_message_under_way_but_not_one_that_is_being_sent():
    assert answered(plan_of(context(mentions=(mention(5),), speaking="ambient"))) == (10, 505, 5)
    assert plan_of(context(mentions=(mention(5),), speaking="busy")) == Silent("already_speaking")


def test_the_mention_that_made_the_tick_comes_first_then_the_oldest():
    waiting = (mention(5, age_s=90), mention(6, age_s=100), mention(7, age_s=10))
    assert plan_of(context(mentions=waiting, wanted_mention_id=7)).mention_id == 7
    assert plan_of(context(mentions=waiting)).mention_id == 6
    assert plan_of(context(mentions=waiting, wanted_mention_id=99)).mention_id == 6


@pytest.mark.parametrize(
    ("fields", "rests_until", "plan"),
    [
        ({"resting": True}, None, Silent("resting_here")),
        ({}, ago(-8 * 86_400), Silent("telegram_rest")),
        ({}, ago(-289), Reply),
    ],
)
def test_a_mention_whose_answer_could_not_leave_in_time_is_not_paid_for(fields, rests_until, plan):
    chats = (chat(10, message(1), rests_until=rests_until), chat(11))
    scene = context(mentions=(replace(mention(5), **fields),), chats=chats, wanted_mention_id=5)
    found = plan_of(scene)
    assert isinstance(found, plan) if isinstance(plan, type) else found == plan


@pytest.mark.parametrize(
    "changes",
    [
        {"mentions": (mention(5, age_s=301),)},
        {"mentions": (mention(5, chat_id=77),)},
        {"mentions": (replace(mention(5), message=message(505, author_id=7)),)},
        {"chats": (chat(10, message(1), daily_budget=DailyBudget(100, 100)), chat(11))},
        {"chats": (chat(10, message(1), quiet=parse_windows("quiet", ["11-13"])), chat(11))},
        {"chats": (chat(10, message(1), status="paused"), chat(11))},
    ],
)
def test_a_mention_that_cannot_be_answered_lets_the_bot_pass_over_nothing(changes):
    """Expired, from elsewhere, by somebody muted, or in a chat that is closed or has no money left."""
    base = {"mentions": (mention(5),), "chats": (chat(10, message(1), muted=frozenset({7})),)}
    scene = context(**{**base, **changes}, last_spoke_at=ago(1))
    assert plan_of(scene) == Silent("cooldown")
    assert plan_of(replace(scene, last_spoke_at=None, wanted_mention_id=5)) == Silent("mention_settled")


def test_an_unasked_reply_answers_a_message_and_nobody_waits_for_it():
    plan = plan_of(context(settings={**CALM, "reply_probability": 1.0}))
    assert answered(plan) == (10, 1, None)
    assert plan.urgency == "ambient"


def test_a_bot_that_may_not_reply_opens_a_topic_of_its_own():
    plan = plan_of(context(settings={**CALM, "reply_probability": 0.0}, bot=profile(topics=("rates",))))
    assert isinstance(plan, OpenTopic)
    assert (plan.chat_id, plan.topic, plan.urgency) == (10, "rates", "ambient")


def test_with_nothing_to_answer_a_reply_becomes_a_topic():
    scene = context(settings={**CALM, "reply_probability": 1.0}, chats=(chat(10, message(1, age_s=601)),))
    assert isinstance(plan_of(scene), OpenTopic)


def test_with_no_topic_due_a_topic_becomes_a_reply():
    scene = context(settings={**CALM, "reply_probability": 0.0}, chats=(chat(10, message(1), last_topic_at=ago(9)),))
    assert answered(plan_of(scene)) == (10, 1, None)


@pytest.mark.parametrize(("p", "reason"), [(1.0, "topic_gap_not_over"), (0.0, "nothing_to_answer")])
def test_with_neither_the_bot_is_silent_for_what_it_tried_last(p, reason):
    room = chat(10, message(1, age_s=601), last_topic_at=ago(9))
    assert plan_of(context(settings={**CALM, "reply_probability": p}, chats=(room,))) == Silent(reason)


def test_a_feeling_may_get_an_emoji_in_the_place_of_words():
    settings = {**CALM, "reply_probability": 1.0, "reaction_probability": 1.0}
    plan = plan_of(context(settings=settings, chats=(chat(10, message(1, sentiment=0.9)),)))
    assert isinstance(plan, React)
    assert (plan.chat_id, plan.message_id, plan.urgency) == (10, 1, "ambient")
    assert plan.emoji in GLAD


def test_a_plan_says_how_long_it_may_be_and_when_its_bot_has_read():
    scene = context(settings=CALM, bot=profile(length=LengthProfile(0, 1, 0)))
    plans = [plan_of(scene, seed) for seed in range(40)]
    assert {plan.max_words for plan in plans} == {26}
    assert all(0.3 <= plan.reading_s <= 15 for plan in plans)
    assert len({plan.reading_s for plan in plans}) > 30
    assert plan_of(replace(scene, mentions=(mention(5),))).reading_s <= 0.5


@given(probability=st.floats(0, 1), seed=st.integers(0, 10**6))
def test_chance_is_kept_as_the_settings_say(probability, seed):
    decision = decide(context(settings={**CALM, "speak_probability": probability}), NOW, random.Random(seed))
    assert isinstance(decision.plan, Silent) is not (random.Random(seed).random() < probability)


def test_a_chats_own_chance_counts_there():
    lively, still = FleetSettings(speak_probability=1.0, talk_backoff=0), FleetSettings(speak_probability=0.0)
    quiet = context(settings={"speak_probability": 0.5}, chats=(chat(10, settings=still),))
    eager = replace(quiet, chats=(chat(10, settings=lively),))
    assert all(plan_of(quiet, seed) == Silent("quiet_turn") for seed in range(20))
    assert not any(isinstance(plan_of(eager, seed), Silent) for seed in range(20))


def test_a_bot_that_saves_takes_fewer_turns():
    spared = context(settings={**CALM, "speak_probability": 0.9}, bot_budget=DailyBudget(91, 100))
    spoke = sum(not isinstance(plan_of(spared, seed), Silent) for seed in range(400))
    assert abs(spoke / 400 - 0.9 * FEWER_SHARE) < 0.06


def test_every_rule_that_was_asked_is_in_the_trace_in_order():
    scene = context(settings={**CALM, "reply_probability": 1.0}, last_spoke_at=ago(100))
    rules = [step.rule for step in decide(scene, NOW, random.Random(1)).trace]
    assert rules[:6] == ["fleet_runs", "bot_runs", "is_awake", "is_prime_time", "is_under_caps", "is_rested"]
    assert rules[6:10] == ["is_free", "has_open_chat", "has_money", "token_works"]
    assert rules[10:14] == ["wants_to_speak", "choose_chat", "has_room", "reply_or_topic"]
    assert rules[14:] == ["choose_target", "choose_reaction", "shape"]


def test_the_trace_of_an_answer_tells_how_many_wait():
    trace = decide(context(mentions=(mention(5), mention(6, age_s=999))), NOW, random.Random(1)).trace
    assert trace[0].as_json() == {"rule": "listen", "verdict": "ok", "numbers": {"waiting": 2, "answerable": 1}}
    assert [step.rule for step in trace[-2:]] == ["answer", "shape"]
