from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.features import Candidates
from app.domain.behaviour.reply_target import choose_target, score
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import ME, NOW, chat, context, message, profile

SEEDS = range(80)


def chosen(*messages, muted=frozenset(), taken=frozenset(), **fields):
    """How often seeds choose each message, by its id; None when nothing is chosen."""
    scene = context(chats=(chat(10, *messages, muted=muted, taken=taken),), **fields)
    targets = [choose_target(scene.chats[0], scene, NOW, random.Random(seed))[0] for seed in SEEDS]
    return Counter(target.id if target else None for target in targets)


def total(said, **persona):
    bot = profile(**persona)
    [value], _ = score(Candidates(chat(10, said), (said,), bot, NOW), FleetSettings())
    return value


def test_a_bot_never_replies_to_itself():
    assert set(chosen(message(1, author_bot_id=ME), message(2))) == {2}


def test_a_message_the_bot_answered_before_is_not_answered_again():
    assert set(chosen(message(1), message(2), message(3, author_bot_id=ME, reply_to=1001))) == {2}


def test_what_another_bot_answered_may_still_be_answered():
    answer = message(3, age_s=9999, author_bot_id=2, reply_to=1001)
    assert set(chosen(message(1), answer)) == {1}


def test_a_message_at_the_horizon_is_answered_and_one_past_it_is_not():
    assert set(chosen(message(1, age_s=600))) == {1}
    assert set(chosen(message(1, age_s=600.1))) == {None}


def test_a_message_that_the_bot_has_taken_up_gets_no_second_answer():
    said = message(1, is_question=True), message(2)
    assert set(chosen(*said, taken=frozenset({1}))) == {2}


def test_muted_people_are_left_alone():
    said = message(1, is_question=True, author_id=7), message(2, author_id=8)
    assert set(chosen(*said, muted=frozenset({7}))) == {2}


def test_a_chain_of_bots_ends_at_its_depth():
    chain = [message(1), *(message(n, author_bot_id=n, reply_to=1000 + n - 1) for n in range(2, 6))]
    assert 5 not in chosen(*chain)
    assert 4 in chosen(*chain[:-1])
    assert 5 in chosen(*chain, settings={"loop_depth": 5})


def test_a_bot_that_this_one_answered_too_often_is_left_alone_and_others_are_not():
    talk = [message(1, age_s=200, author_bot_id=2)]
    for number in range(2, 6):
        author = ME if number % 2 == 0 else 2
        talk.append(message(number, age_s=200 - number, author_bot_id=author, reply_to=1000 + number - 1))
    talk += [message(8, age_s=50, author_bot_id=2), message(9, age_s=40, author_bot_id=3)]
    assert set(chosen(*talk, settings={"loop_depth": 30})) == {9}
    assert {8, 9} <= set(chosen(*talk, settings={"loop_depth": 30, "loop_replies": 9, "reply_sharpness": 0}))


def test_only_the_best_are_in_the_draw():
    messages = [message(n, "?", age_s=n * 50, is_question=n <= 5) for n in range(1, 10)]
    assert set(chosen(*messages)) == {1, 2, 3, 4, 5}
    assert set(chosen(*messages, settings={"reply_best": 1})) == {1}


def test_a_sharper_draw_favours_the_best_more():
    messages = message(1, "?", is_question=True), message(2, author_bot_id=2)
    flat, sharp = (chosen(*messages, settings={"reply_sharpness": sharpness})[1] for sharpness in (0, 6))
    assert sharp == len(SEEDS)
    assert flat < 0.7 * len(SEEDS)


def test_messages_below_the_least_score_are_not_worth_a_reply():
    scene = context(settings={"reply_least_score": 2.1}, chats=(chat(10, message(1, age_s=0)),))
    target, step = choose_target(scene.chats[0], scene, NOW, random.Random(1))
    assert target is None
    assert (step.verdict, step.scores) == ("nothing_to_answer", {1: 2.0})


@pytest.mark.parametrize(
    "settings", [{}, {"reply_least_score": 0.0, "reply_weight_person": 0, "reply_weight_fresh": 0}]
)
def test_a_message_that_nothing_speaks_for_is_answered_only_where_the_settings_ask_for_no_score(settings):
    assert set(chosen(message(1, age_s=600, author_bot_id=2), settings=settings)) == ({1} if settings else {None})


def test_nothing_to_answer_is_told_with_the_number_of_messages_seen():
    scene = context(chats=(chat(10, message(1, author_bot_id=ME)),))
    target, step = choose_target(scene.chats[0], scene, NOW, random.Random(1))
    assert target is None
    assert (step.verdict, step.numbers) == ("nothing_to_answer", {"messages": 1})


def test_people_questions_opinions_and_the_bots_own_subjects_score_higher():
    plain = total(message(1, "hm", author_bot_id=2))
    assert total(message(1, "hm")) == plain + 1.0
    assert total(message(1, "hm", author_bot_id=2, is_question=True)) == plain + 2.5
    assert total(message(1, "hm", author_bot_id=2, asks_opinion=True)) == plain + 2.5
    assert total(message(1, "Ada hm", author_bot_id=2)) == plain + 3.0
    assert total(message(1, "tsla", author_bot_id=2), watchlist=("TSLA",)) == plain + 1.0
    assert total(message(1, "rates", author_bot_id=2), topics=("Rates",)) == plain + 0.75


def test_the_trace_holds_every_score_the_roll_and_why_the_chosen_one_scored():
    said = message(1, age_s=0, is_question=True), message(2, age_s=600, author_bot_id=2)
    scene = context(chats=(chat(10, *said),))
    _, step = choose_target(scene.chats[0], scene, NOW, random.Random(3))
    assert step.verdict == "message_1"
    assert step.scores == {1: 4.5, 2: 0.0}
    assert step.numbers == {"roll": random.Random(3).random(), "person": 1.0, "fresh": 1.0, "question": 1.0}


@given(texts=st.lists(st.text(), min_size=1, max_size=8), seed=st.integers())
def test_any_texts_may_be_answered_and_equal_seeds_choose_alike(texts, seed):
    said = [message(n, text) for n, text in enumerate(texts)]
    scene = context(chats=(chat(10, *said),), bot=profile(topics=tuple(texts[:2]), watchlist=tuple(texts[:1])))
    one, two = (choose_target(scene.chats[0], scene, NOW, random.Random(seed)) for _ in range(2))
    assert one == two
    assert one[0] in said
