from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.domain.behaviour.tick import VoicedStance
from app.domain.behaviour.topics import FALLBACK, SHOWN, choose_topic, weigh_subjects
from app.domain.fleet.persona import StanceView
from tests.unit.domain.scenes import ME, NOW, ago, chat, context, message, profile

GOLD = StanceView("gold", "up", 0.9, cooldown_s=3600)


def scene(*messages, topics=(), headlines=(), last_topic_at=None, bot=None, **fields):
    room = chat(10, *messages, topics=topics, headlines=headlines, last_topic_at=last_topic_at)
    return context(chats=(room,), bot=bot or profile(), **fields)


def drawn(given_scene):
    room = given_scene.chats[0]
    return Counter(choose_topic(room, given_scene, NOW, random.Random(seed))[0] for seed in range(400))


def weights(given_scene):
    return weigh_subjects(given_scene.chats[0], given_scene, NOW)


def test_stances_topics_watchlist_the_chats_subjects_and_headlines_are_in_the_draw():
    bot = profile(stances=(GOLD,), topics=("rates",), watchlist=("TSLA",))
    given_scene = scene(topics=("tea",), headlines=("Bridge reopens",), bot=bot)
    assert set(drawn(given_scene)) == {"gold", "rates", "TSLA", "tea", "Bridge reopens"}
    assert weights(given_scene) == {"gold": 0.9, "rates": 0.6, "TSLA": 0.4, "tea": 0.8, "Bridge reopens": 0.8}


def test_what_is_several_things_at_once_weighs_their_sum_in_its_first_spelling():
    bot = profile(stances=(GOLD,), topics=("Gold",))
    assert weights(scene(topics=("GOLD",), bot=bot)) == {"gold": 0.9 + 0.6 + 0.8}


def test_what_others_talk_about_draws_a_bot_in_three_messages_at_most():
    bot = profile(topics=("rates", "gold"))
    talk = [message(n, "rates again") for n in range(5)]
    assert weights(scene(*talk, bot=bot)) == {"rates": 0.6 + 3 * 0.3, "gold": 0.6}
    assert weights(scene(talk[0], bot=bot)) == {"rates": 0.6 + 0.3, "gold": 0.6}


def test_what_the_bot_just_talked_about_is_rarely_chosen_again():
    bot = profile(topics=("rates", "gold"))
    said, opened = scene(message(1, "Rates again", author_bot_id=ME), bot=bot), scene(bot=bot, own_topics=("RATES",))
    assert weights(said) == weights(opened)
    counts = drawn(said)
    assert 0 < counts["rates"] < counts["gold"] / 4


def test_a_stance_that_was_voiced_rests_for_its_cooldown_whatever_else_it_is():
    bot = profile(stances=(GOLD,), topics=("gold", "rates"))
    voiced = [scene(bot=bot, topics=("Gold",), voiced=(VoicedStance("gold", ago(age)),)) for age in (3599, 3600)]
    assert [set(weights(one)) for one in voiced] == [{"rates"}, {"gold", "rates"}]


def test_a_stance_that_is_gone_holds_nothing_back():
    assert set(weights(scene(bot=profile(topics=("gold",)), voiced=(VoicedStance("gold", NOW),)))) == {"gold"}


def test_a_chat_that_heard_a_new_topic_lately_hears_no_other_one():
    bot = profile(topics=("rates",))
    early, late = (scene(bot=bot, last_topic_at=ago(age)) for age in (299, 300))
    topic, step = choose_topic(early.chats[0], early, NOW, random.Random(1))
    assert topic is None
    assert (step.verdict, step.numbers) == ("topic_gap_not_over", {"waited_s": 299.0, "gap_s": 300.0})
    assert set(drawn(late)) == {"rates"}


def test_a_bot_whose_subjects_all_rest_says_so():
    given_scene = scene(bot=profile(stances=(GOLD,)), voiced=(VoicedStance("gold", NOW),))
    assert set(drawn(given_scene)) == {None}
    weightless = scene(bot=profile(topics=("a",)), settings={"topic_weight_own": 0})
    assert choose_topic(weightless.chats[0], weightless, NOW, random.Random(1))[1].verdict == "no_topic_left"


def test_a_bot_without_any_subject_still_has_something_to_say():
    assert set(drawn(scene())) == {FALLBACK}


def test_a_subject_of_blanks_is_none():
    assert weights(scene(topics=("  ",), bot=profile(topics=("tea",)))) == {"tea": 0.6}


def test_the_trace_tells_the_roll_and_the_heaviest_subjects():
    bot = profile(topics=tuple(f"topic {n:02}" for n in range(30)), stances=(GOLD,))
    given_scene = scene(bot=bot)
    topic, step = choose_topic(given_scene.chats[0], given_scene, NOW, random.Random(2))
    assert step.verdict == topic
    assert step.numbers["roll"] == random.Random(2).random()
    assert step.numbers["gold"] == 0.9
    assert len(step.numbers) == 1 + SHOWN


@given(subjects=st.lists(st.text(), max_size=6), said=st.lists(st.text(), max_size=6), seed=st.integers())
def test_any_subjects_may_be_talked_about(subjects, said, seed):
    bot = profile(topics=tuple(subjects[:3]), watchlist=tuple(subjects[3:]))
    given_scene = scene(*(message(n, text) for n, text in enumerate(said)), bot=bot)
    topic, _ = choose_topic(given_scene.chats[0], given_scene, NOW, random.Random(seed))
    assert topic in {*subjects, FALLBACK, None}


def test_no_topic_is_opened_where_telegram_refuses_messages_outside_of_topics():
    here = context(chats=(chat(10, message(1), resting="outside_topics"),))
    topic, step = choose_topic(here.chats[0], here, NOW, random.Random(1))
    assert (topic, step.verdict) == (None, "resting_here")
