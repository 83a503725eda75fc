from __future__ import annotations

import pytest

from app.domain.behaviour import features
from app.domain.behaviour.features import Candidates
from app.domain.fleet.persona import EmotionView
from app.domain.settings import FleetSettings
from tests.unit.domain.scenes import ME, NOW, chat, message, profile


def hits(feature, *messages, earlier=(), **persona):
    """What the feature finds for `messages`, in their order."""
    given = chat(10, *earlier, *messages)
    candidates = Candidates(given, messages, profile(**persona), NOW)
    found = feature(candidates)
    return [found.get(place, 0.0) for place in range(len(messages))]


def test_a_persons_message_counts_and_a_bots_does_not():
    assert hits(features.person, message(1), message(2, author_bot_id=2)) == [1.0, 0.0]


@pytest.mark.parametrize(("age_s", "value"), [(0, 1.0), (150, 0.75), (300, 0.5), (600, 0.0)])
def test_a_message_fades_until_the_horizon(age_s, value):
    assert hits(features.fresh, message(1, age_s=age_s)) == [pytest.approx(value)]


def test_the_horizon_is_the_chats_setting():
    given = chat(10, message(1, age_s=60), settings=FleetSettings(reply_horizon_s=120))
    assert features.fresh(Candidates(given, given.messages, profile(), NOW)) == {0: pytest.approx(0.5)}


def test_questions_and_asked_opinions_count():
    said = message(1), message(2, is_question=True), message(3, asks_opinion=True)
    assert hits(features.question, *said) == [0.0, 1.0, 0.0]
    assert hits(features.opinion, *said) == [0.0, 0.0, 1.0]


def test_a_message_mentions_the_bot_by_username_by_name_or_by_answering_it():
    mine = message(7, author_bot_id=ME)
    said = (
        message(1, "so @ADA_bot thinks"),
        message(2, "Ada, really"),
        message(3, "adamant @ada_bot_2"),
        message(4, "no", reply_to=1007),
        message(5, "no", reply_to=1003),
    )
    assert hits(features.mention, *said, earlier=(mine,)) == [1.0, 1.0, 0.0, 1.0, 0.0]


def test_what_is_on_the_watchlist_counts_as_a_label_and_as_a_word():
    said = message(1, "tsla?"), message(2, "up again", symbols=("TSLA",)), message(3, "tslas"), message(4, "AMD")
    assert hits(features.symbol, *said, watchlist=("TSLA", "GOLD")) == [1.0, 1.0, 0.0, 0.0]


def test_topics_count_once_each_as_labels_or_as_words_and_two_at_most():
    said = (
        message(1, "interest rates and rates"),
        message(2, "x", topics=("Gold",)),
        message(3, "gold, tea, rates", topics=("gold",)),
        message(4, "weather"),
    )
    assert hits(features.topic, *said, topics=("rates", "gold", "tea")) == [1.0, 1.0, 2.0, 0.0]


@pytest.mark.parametrize(("empathy", "value"), [(1.0, 0.8), (0.5, 0.0), (0.0, -0.8), (0.75, 0.4)])
def test_strong_feelings_draw_an_empathic_bot_and_put_off_a_cool_one(empathy, value):
    said = message(1, sentiment=0.8), message(2, sentiment=-0.8), message(3, sentiment=None), message(4, sentiment=0.0)
    found = hits(features.emotion, *said, emotion=EmotionView(empathy=empathy))
    assert found == [pytest.approx(value), pytest.approx(value), 0.0, 0.0]


def test_each_reply_that_a_message_has_counts_against_it_three_at_most():
    answers = [message(20 + n, reply_to=1001) for n in range(4)] + [message(30, reply_to=1002), message(31, reply_to=9)]
    assert hits(features.replies, message(1), message(2), message(3), earlier=answers) == [-3.0, -1.0, 0.0]
    assert hits(features.replies, message(1)) == [0.0]


def test_every_feature_has_a_weight_among_the_settings():
    for feature in features.FEATURES:
        assert getattr(FleetSettings(), f"reply_weight_{feature.__name__}") >= 0
