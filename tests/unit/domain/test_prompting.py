from __future__ import annotations

import json
import math
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from app.domain.persona import EmotionView, HoldingView, StanceView
from app.domain.prompting import (
    HISTORY,
    MAX_CHARACTERS,
    RULES,
    PromptItem,
    answer_budget,
    build_messages,
    estimate_tokens,
)
from tests.unit.domain.scenes import message, profile

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def item(number=1, **fields):
    base = {"chat_title": "Markets", "chat_topics": (), "messages": (), "target": None, "topic": "rates"}
    return PromptItem(**{"utterance_id": number, "bot": profile(), "max_words": 40, **base, **fields})


def sent(*items):
    """The items as the provider reads them."""
    return json.loads(build_messages(items)[1]["content"])["items"]


def test_the_rules_are_the_same_whatever_the_items_so_that_a_prompt_cache_holds_them():
    prompts = [build_messages([item(1)]), build_messages([item(2, bot=profile(tone="loud")), item(3)])]
    assert [prompt[0] for prompt in prompts] == [{"role": "system", "content": RULES}] * 2
    assert prompts[0][1]["content"] != prompts[1][1]["content"]


def test_two_requests_for_a_bot_in_a_chat_begin_alike_until_the_first_new_message():
    """OpenAI's prompt cache works on an exact prefix."""
    bot = profile(
        stances=(StanceView("gold", "up", 0.9),), emotion=EmotionView(energy=0.9, empathy=0.2), topics=("rates",)
    )
    told = [message(n, f"text {n}") for n in range(20)]
    first, second = (
        build_messages([item(number, bot=bot, messages=tuple(told[:size]), canary=f"canary{number}")])[1]["content"]
        for number, size in ((1, 5), (2, 6))
    )
    shared = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    assert shared.endswith('"text":"text 4","is_bot":false}')


def test_the_newest_messages_are_kept_oldest_first():
    told = [message(n, f"text {n}") for n in range(30)]
    [one] = sent(item(messages=tuple(told)))
    assert [m["text"] for m in one["chat"]["messages"]] == [m.text for m in told[-HISTORY:]]


def test_a_long_message_is_cut():
    [one] = sent(item(messages=(message(1, "x" * 5000),), target=message(2, "y" * 5000)))
    assert len(one["chat"]["messages"][0]["text"]) == len(one["task"]["target"]["text"]) == MAX_CHARACTERS


def test_a_reply_names_its_target_and_a_topic_has_none():
    reply, topic = sent(item(1, target=message(4, "why?"), topic=None), item(2))
    assert (reply["task"]["kind"], reply["task"]["target"]["text"]) == ("reply", "why?")
    assert (topic["task"]["kind"], topic["task"]["target"], topic["task"]["topic"]) == ("topic", None, "rates")


def test_the_persona_is_whole_and_its_holdings_are_called_fiction():
    bot = profile(
        never_do=("politics",),
        stances=(StanceView("gold", "up", 0.9),),
        holdings=(HoldingView("TSLA", 2.0, 100.0),),
        emotion=EmotionView(energy=0.9),
    )
    [one] = sent(item(bot=bot))
    assert one["persona"]["never_do"] == ["politics"]
    assert one["persona"]["stances"] == [{"topic": "gold", "position": "up", "confidence": 0.9}]
    assert one["persona"]["holdings"] == [{"symbol": "TSLA", "quantity": 2.0, "fictional": True}]
    assert one["persona"]["emotion"]["energy"] == 0.9


def test_what_our_bots_said_is_marked():
    [one] = sent(item(messages=(message(1, author_bot_id=3), message(2))))
    assert [m["is_bot"] for m in one["chat"]["messages"]] == [True, False]


@given(text=TEXT, title=TEXT, tone=TEXT)
def test_any_text_reaches_the_provider_unharmed_and_stays_inside_its_item(text, title, tone):
    items = sent(item(1, messages=(message(1, text),), chat_title=title, bot=profile(tone=tone)), item(2))
    assert items[0]["chat"]["messages"][0]["text"] == text[:MAX_CHARACTERS]
    assert (items[0]["chat"]["title"], items[0]["persona"]["tone"]) == (title, tone)
    assert [one["id"] for one in items] == ["1", "2"]
    assert items[1]["chat"]["messages"] == []


@given(text=TEXT)
def test_the_estimate_is_at_least_a_quarter_of_the_bytes(text):
    messages = build_messages([item(messages=(message(1, text),))])
    assert estimate_tokens(messages) >= math.ceil(sum(len(m["content"].encode()) for m in messages) / 4)


def test_the_answers_budget_grows_with_every_item_and_its_words():
    assert (
        answer_budget([item(1)]) < answer_budget([item(1), item(2)]) < answer_budget([item(1), item(2, max_words=80)])
    )
