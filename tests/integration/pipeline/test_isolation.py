"""What one chat's people said never reaches another chat, though their prompts share a request."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from app.models import Message
from app.services.lanes.generation import AMBIENT, generate
from tests.builders import NOW, add, make_bot, make_chat, make_message, make_utterance, refetch
from tests.provider_fakes import answer_texts

SECRET = "the merger of the two banks closes on friday at noon"


@pytest.fixture
def plan(pipeline):
    """A plan in a chat of its own where one message was said."""

    def make(text, **chat):
        bot = make_bot(pipeline.sessions)
        where = make_chat(pipeline.sessions, bot, **chat)
        make_message(pipeline.sessions, where, text)
        return make_utterance(pipeline.sessions, bot, where, "planned")

    return make


def say(texts):
    """An answer with these texts by id, and something harmless for every other item."""
    return answer_texts(lambda utterance: texts.get(utterance, f"Harmless {utterance}."))


def asked(pipeline):
    return [[item["utterance"] for item in request] for request in pipeline.llm.requests]


def count(name):
    return REGISTRY.get_sample_value(name) or 0.0


def test_an_answer_that_repeats_another_chats_words_is_thrown_back_and_generated_alone(pipeline, plan):
    private, leaking = plan(SECRET), plan("good morning")
    leaks, alone = count("chorus_llm_leaks_total"), count("chorus_llm_alone_total")
    pipeline.llm.answer = say({leaking.id: f"I receive that {SECRET}!"})
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, private).state == "ready"
    thrown = refetch(pipeline.sessions, leaking)
    assert (thrown.state, thrown.text) == ("planned", None)
    assert count("chorus_llm_leaks_total") == leaks + 1
    plan("another fresh plan")
    pipeline.llm.answer = None
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    assert [leaking.id] in asked(pipeline)
    assert refetch(pipeline.sessions, leaking).state == "ready"
    assert count("chorus_llm_alone_total") == alone + 1


def test_words_of_its_own_chat_may_be_repeated(pipeline, plan):
    own, _ = plan(SECRET), plan("good morning")
    pipeline.llm.answer = say({own.id: f"So {SECRET}?"})
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, own).state == "ready"


def test_what_our_bots_say_in_one_chat_they_may_say_in_another(pipeline, plan):
    other, repeating = plan("one"), plan("two")
    said = "that is worth keeping an eye on, I would say"
    row = {"chat_id": other.chat_id, "bot_id": other.bot_id, "telegram_message_id": 1, "sent_at": NOW, "text": said}
    add(pipeline.sessions, Message(**row))
    pipeline.llm.answer = say({repeating.id: f"Well, {said}."})
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, repeating).state == "ready"


def test_the_canary_of_another_item_gives_a_leak_away_whatever_its_words(pipeline, plan):
    other, leaking = plan("one"), plan("two")

    def answer(items):
        refs = {item["utterance"]: item["ref"] for item in items}
        return say({leaking.id: f"See {refs[other.id]}."})(items)

    pipeline.llm.answer = answer
    generate(pipeline.generation, AMBIENT)
    assert refetch(pipeline.sessions, leaking).state == "planned"


def test_an_answer_that_leaks_even_alone_cannot_leak_what_it_was_not_told(pipeline, plan):
    plan(SECRET)
    leaking = plan("two")
    pipeline.llm.answer = say({leaking.id: f"I receive that {SECRET}!"})
    generate(pipeline.generation, AMBIENT)
    generate(pipeline.generation, AMBIENT)
    assert SECRET not in pipeline.llm.bodies[-1]


def test_a_chat_that_does_not_share_requests_rides_by_itself(pipeline, plan):
    open_plans = [plan("a"), plan("b")]
    private = plan("c", shares_requests=False)
    late = plan("d")
    for _ in range(2):
        generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[one.id for one in (*open_plans, late)], [private.id]]


def test_prompts_of_one_private_chat_ride_together(pipeline):
    bots = [make_bot(pipeline.sessions, f"Bot{n}") for n in range(3)]
    chat = make_chat(pipeline.sessions, *bots, shares_requests=False)
    made = [
        make_utterance(pipeline.sessions, bot, chat, "planned", urgency="interactive", lane=AMBIENT) for bot in bots
    ]
    generate(pipeline.generation, AMBIENT)
    assert asked(pipeline) == [[one.id for one in made]]
    assert {refetch(pipeline.sessions, one).state for one in made} == {"ready"}
