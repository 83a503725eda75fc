from __future__ import annotations

import random
from collections import Counter

import pytest

from app.domain.behaviour.reactions import GLAD, SAD, choose_emoji, choose_reaction
from app.domain.conversation.views import ReactionView
from app.domain.delivery.emoji import ALLOWED
from app.domain.fleet.persona import EmotionView
from tests.unit.domain.scenes import ME, chat, context, message

ALWAYS = {"reaction_probability": 1.0}
HAPPY = message(1, "we won", sentiment=0.8)


def outcome(said=HAPPY, seed=1, settings=ALWAYS, reactions=(), refused_emoji=frozenset(), **fields):
    """The emoji, and the verdict of the step."""
    here = chat(10, said, reactions=reactions, refused_emoji=refused_emoji)
    scene = context(settings=settings, chats=(here,), **fields)
    emoji, step = choose_reaction(said, scene.chats[0], scene, random.Random(seed))
    return emoji, step.verdict


def emoji_for(sentiment, *own):
    draws = (choose_emoji(sentiment, EmotionView(emoji=own), random.Random(seed))[0] for seed in range(500))
    return Counter(draws)


def test_telegram_takes_every_emoji_that_can_be_drawn():
    assert {*GLAD, *SAD} <= ALLOWED
    assert not {*GLAD} & {*SAD}


@pytest.mark.parametrize(("sentiment", "fitting"), [(0.9, GLAD), (-0.9, SAD)])
def test_the_emoji_answers_the_feeling(sentiment, fitting):
    emoji, verdict = outcome(message(1, sentiment=sentiment))
    assert emoji == verdict
    assert emoji in fitting


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"said": message(1, sentiment=0.8, is_question=True)}, "asks_for_words"),
        ({"said": message(1, sentiment=0.8, asks_opinion=True)}, "asks_for_words"),
        ({"said": message(1)}, "no_strong_feeling"),
        ({"said": message(1, sentiment=0.29)}, "no_strong_feeling"),
        ({"said": message(1, sentiment=-0.29)}, "no_strong_feeling"),
        ({"reacted_last_hour": 6}, "reactions_cap"),
        ({"reactions": (ReactionView(1, ME),)}, "reacted_to_already"),
        ({"reactions": (ReactionView(1, 2), ReactionView(1, 3))}, "reacted_to_already"),
        ({"refused_emoji": frozenset({"*"})}, "reactions_rest"),
        ({"refused_emoji": frozenset(GLAD)}, "reactions_rest"),
        ({"settings": {"reaction_probability": 0.0}}, "words"),
    ],
)
def test_words_are_used_where_an_emoji_does_not_fit(changes, verdict):
    assert outcome(**changes) == (None, verdict)


def test_an_emoji_that_the_chat_refuses_is_never_drawn():
    refused = frozenset(GLAD[1:])
    assert {outcome(seed=seed, refused_emoji=refused)[0] for seed in range(50)} == {GLAD[0]}


def test_reactions_to_other_messages_do_not_count():
    assert outcome(reactions=(ReactionView(2, ME), ReactionView(1, 2), ReactionView(3, 4)))[0] is not None


def test_the_chance_is_the_setting():
    some = [outcome(seed=seed, settings={"reaction_probability": 0.3})[0] is not None for seed in range(1000)]
    assert 0.25 < sum(some) / len(some) < 0.35


def test_the_personas_own_emoji_are_preferred_where_they_fit():
    plain, own = emoji_for(0.9), emoji_for(0.9, "🔥", "😢", "🚀")
    assert own["🔥"] > 3 * plain["🔥"] > 0
    assert own.keys() <= {*GLAD}
    assert emoji_for(-0.9, "❤️", "😢")["😢"] > 100


def test_a_variation_selector_makes_no_difference():
    assert emoji_for(0.9, "❤️") == emoji_for(0.9, "❤")


def test_the_trace_tells_the_roll_its_chance_and_the_pick():
    scene = context(settings=ALWAYS, chats=(chat(10, HAPPY),))
    _, step = choose_reaction(HAPPY, scene.chats[0], scene, random.Random(4))
    rolls = random.Random(4)
    assert step.numbers == {"roll": rolls.random(), "p": 1.0, "pick": rolls.random()}
