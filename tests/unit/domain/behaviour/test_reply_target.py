from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.reply_target import BEST, choose_target, score_message
from tests.unit.domain.scenes import ME, NOW, chat, context, message, profile

SEEDS = range(60)


def chosen(*messages, **fields):
    """Ids of all messages that some seed chooses."""
    scene = context(chats=(chat(10, *messages),), **fields)
    targets = [choose_target(scene.chats[0], scene, NOW, random.Random(seed))[0] for seed in SEEDS]
    return {target.id if target else None for target in targets}


def test_a_bot_never_replies_to_itself():
    assert chosen(message(1, author_bot_id=ME), message(2)) == {2}


def test_a_message_the_bot_answered_before_is_not_answered_again():
    assert chosen(message(1), message(2), message(3, author_bot_id=ME, reply_to=1001)) == {2}


def test_what_another_bot_answered_may_still_be_answered():
    assert chosen(message(1), message(3, age_s=9999, author_bot_id=2, reply_to=1001)) == {1}


def test_a_message_at_the_horizon_is_answered_and_one_past_it_is_not():
    assert chosen(message(1, age_s=600)) == {1}
    assert chosen(message(1, age_s=600.1)) == {None}


def test_only_the_best_five_are_in_the_draw():
    messages = [message(n, "?", age_s=n * 50, is_question=n <= BEST) for n in range(1, 10)]
    assert chosen(*messages) == set(range(1, BEST + 1))


def test_nothing_to_answer_is_told_with_the_number_of_messages_seen():
    scene = context(chats=(chat(10, message(1, author_bot_id=ME)),))
    target, step = choose_target(scene.chats[0], scene, NOW, random.Random(1))
    assert target is None
    assert (step.verdict, step.numbers) == ("nothing_to_answer", {"messages": 1})


def test_people_questions_and_the_bots_own_subjects_score_higher():
    bot = profile(topics=("Rates",), watchlist=("TSLA",))
    plain = score_message(message(1, "hm", author_bot_id=2), bot, 0.5)
    assert score_message(message(1, "hm"), bot, 0.5) > plain
    assert score_message(message(1, "hm", author_bot_id=2, is_question=True), bot, 0.5) > plain
    assert score_message(message(1, "rates and tsla", author_bot_id=2), bot, 0.5) > plain


@given(age=st.floats(-10, 10), text=st.text())
def test_every_score_is_positive_and_falls_with_age(age, text):
    young, old = (score_message(message(1, text), profile(topics=("a",)), a) for a in (age, age + 0.5))
    assert young >= old > 0
