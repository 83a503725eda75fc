from __future__ import annotations

import random
from collections import Counter

from app.domain.behaviour.chat_choice import choose_chat, weigh_chat
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, message, profile


def chosen(*chats, **fields):
    """How often each chat is chosen over many seeds; None when there is none."""
    scene = context(chats=chats, **fields)
    picks = [choose_chat(scene, NOW, random.Random(seed))[0] for seed in range(300)]
    return Counter(pick.id if pick else None for pick in picks)


def test_a_chat_whose_floor_is_taken_is_left_out():
    assert set(chosen(chat(10, floor_taken=True), chat(11))) == {11}


def test_a_chat_waits_its_gap_after_the_last_unasked_message():
    assert set(chosen(chat(10, last_ambient_at=ago(9.9)), chat(11, last_ambient_at=ago(10)))) == {11}


def test_a_bot_does_not_speak_right_after_itself():
    assert set(chosen(chat(10, message(1), message(2, author_bot_id=ME)), chat(11, message(3, author_bot_id=2)))) == {
        11
    }


def test_the_reason_tells_a_taken_floor_from_a_gap():
    taken = choose_chat(
        context(chats=(chat(10, floor_taken=True), chat(11, last_ambient_at=NOW))), NOW, random.Random()
    )
    gap = choose_chat(context(chats=(chat(11, last_ambient_at=NOW),)), NOW, random.Random())
    assert [step.verdict for _, step in (taken, gap)] == ["floor_taken", "gap_not_over"]


def test_a_lively_chat_that_fits_the_persona_is_chosen_more_often_but_not_always():
    lively = chat(10, *(message(n) for n in range(10)), topics=("Rates", "gold"))
    counts = chosen(lively, chat(11, last_own_at=ago(1)), bot=profile(topics=("rates", "Gold")))
    assert counts[10] > 2 * counts[11] > 0


def test_messages_past_the_horizon_do_not_make_a_chat_lively():
    scene = context()
    old = chat(10, *(message(n, age_s=601) for n in range(10)))
    assert weigh_chat(old, scene, NOW) == weigh_chat(chat(10), scene, NOW)


def test_the_trace_holds_every_weight():
    scene = context(chats=(chat(10), chat(11, last_own_at=ago(0))))
    _, step = choose_chat(scene, NOW, random.Random(1))
    assert step.numbers == {"chat_10": 2.0, "chat_11": 1.0}
