from __future__ import annotations

import random
from collections import Counter

from app.domain.behaviour.topics import FALLBACK, choose_topic
from app.domain.persona import StanceView
from tests.unit.domain.scenes import ME, chat, message, profile


def topics(given_chat, bot):
    return Counter(choose_topic(given_chat, bot, random.Random(seed))[0] for seed in range(400))


def test_stances_topics_watchlist_and_the_chats_own_subjects_are_in_the_draw():
    bot = profile(stances=(StanceView("gold", "up", 0.9),), topics=("rates",), watchlist=("TSLA",))
    assert set(topics(chat(10, topics=("tea",)), bot)) == {"gold", "rates", "TSLA", "tea"}


def test_a_subject_of_the_chat_weighs_double():
    counts = topics(chat(10, topics=("RATES",)), profile(topics=("rates", "gold", "tea")))
    assert counts["rates"] > 1.3 * counts["gold"]


def test_what_the_bot_just_talked_about_is_rarely_chosen_again():
    counts = topics(chat(10, message(1, "Rates again", author_bot_id=ME)), profile(topics=("rates", "gold")))
    assert 0 < counts["rates"] < counts["gold"] / 4


def test_what_others_talk_about_is_not_held_against_a_subject():
    counts = topics(chat(10, message(1, "rates again")), profile(topics=("rates", "gold")))
    assert counts["rates"] > 100


def test_a_bot_without_any_subject_still_has_something_to_say():
    topic, step = choose_topic(chat(10), profile(), random.Random(1))
    assert topic == step.verdict == FALLBACK
