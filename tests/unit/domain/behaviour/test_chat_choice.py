from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from app.domain.behaviour.chat_choice import choose_chat, closed_because, weigh_chat
from app.domain.fleet.hours import parse_windows
from app.domain.money import DailyBudget
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, mention, message, profile


def chosen(*chats, **fields):
    """How often each chat is chosen over many seeds; None when there is none."""
    scene = context(chats=chats, **fields)
    picks = [choose_chat(scene, NOW, random.Random(seed))[0] for seed in range(300)]
    return Counter(pick.id if pick else None for pick in picks)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "paused"}, "chat_paused"),
        ({"status": "new"}, "chat_new"),
        ({"membership": "muted"}, "bot_muted_here"),
        ({"resting": "chat", "messages": (message(1),)}, "resting_here"),
        ({"resting": "outside_topics"}, "resting_here"),
        ({"resting": "outside_topics", "messages": (message(1),)}, None),
        ({"quiet": parse_windows("quiet", ["11-13"])}, "quiet_hours"),
        ({"quiet": parse_windows("quiet", ["14-16"]), "timezone": "Europe/Istanbul"}, "quiet_hours"),
        ({"quiet": parse_windows("quiet", ["13-14"])}, None),
        ({}, None),
    ],
)
def test_a_closed_chat_says_why(fields, reason):
    assert closed_because(replace(chat(10), **fields), NOW) == reason


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "paused"},
        {"floor_taken": True},
        {"last_ambient_at": ago(9.9)},
        {"rests_until": ago(-1)},
        {"daily_budget": DailyBudget(96, 100)},
    ],
)
def test_a_chat_that_is_closed_or_held_back_is_left_out(fields):
    assert set(chosen(chat(10, **fields), chat(11))) == {11}


def test_a_bot_does_not_speak_right_after_itself():
    mine = chat(10, message(1), message(2, author_bot_id=ME))
    assert set(chosen(mine, chat(11, message(3, author_bot_id=2)))) == {11}


def test_the_commonest_reason_is_told_with_how_many_chats_have_it():
    chats = (chat(10, floor_taken=True), chat(11, last_ambient_at=NOW), chat(12, floor_taken=True))
    found, step = choose_chat(context(chats=chats), NOW, random.Random())
    assert found is None
    assert (step.verdict, step.numbers) == ("floor_taken", {"floor_taken": 2.0, "gap_not_over": 1.0})


def test_a_lively_chat_that_fits_the_persona_is_chosen_more_often_but_not_always():
    lively = chat(10, *(message(n) for n in range(10)), topics=("Rates", "gold"))
    counts = chosen(lively, chat(11, last_own_at=ago(1)), bot=profile(topics=("rates", "Gold")))
    assert counts[10] > 2 * counts[11] > 0


def test_calls_without_an_answer_draw_the_bot_to_a_chat():
    called = weigh_chat(chat(10), context(mentions=(mention(5, age_s=999), mention(6, age_s=999, chat_id=11))), NOW)
    assert called == weigh_chat(chat(10), context(), NOW) + 1


@pytest.mark.parametrize(("age_s", "weight"), [(0, 1.0), (300, 1.5), (600, 2.0), (6000, 2.0)])
def test_a_chat_draws_a_bot_back_the_longer_it_was_silent_there(age_s, weight):
    assert weigh_chat(chat(10, last_own_at=ago(age_s)), context(), NOW) == weight


def test_messages_past_the_horizon_and_beyond_ten_make_no_chat_livelier():
    scene = context()
    old = [message(n, age_s=601) for n in range(10)]
    fresh = [message(n) for n in range(10, 30)]
    weights = [weigh_chat(chat(10, *said), scene, NOW) for said in ([], old, [*old, *fresh[:5]], fresh[:10], fresh)]
    assert weights == [2.0, 2.0, 2.5, 3.0, 3.0]


def test_the_weights_are_settings():
    scene = context(
        settings={"chat_weight_activity": 0, "chat_weight_silence": 0, "chat_weight_topics": 7},
        chats=(chat(10, message(1), topics=("rates",)),),
        bot=profile(topics=("rates",)),
    )
    assert weigh_chat(scene.chats[0], scene, NOW) == 8.0


def test_the_trace_holds_every_weight_and_the_roll():
    scene = context(chats=(chat(10), chat(11, last_own_at=ago(0)), chat(12, floor_taken=True)))
    _, step = choose_chat(scene, NOW, random.Random(1))
    assert step.scores == {10: 2.0, 11: 1.0}
    assert step.numbers == {"roll": random.Random(1).random(), "floor_taken": 1.0}
