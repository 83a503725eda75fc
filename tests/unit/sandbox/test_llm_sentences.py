"""The sandbox's sentences: made from persona and chat, repeatable, varied, within their length, honest."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.llm.prompts import find_items, read_item
from sandbox.llm.sentences import compose, compose_all
from sandbox.llm.turkish import TURKISH


def an_item(**changes: Any) -> dict[str, Any]:
    persona = {
        "name": "Ada",
        "tone": "warm and patient",
        "language": "en",
        "topics": ["packaging"],
        "watchlist": ["ETH", "XMR"],
        "stances": [{"topic": "snaps", "position": "sceptical", "confidence": 0.8}],
        "holdings": [{"symbol": "DOGE", "amount": 3}],
    }
    messages = [{"id": "1", "from": "Bo", "text": "the mirror in Lisbon is slow today", "is_bot": False}]
    item: dict[str, Any] = {
        "id": "u1",
        "persona": persona,
        "chat": {"title": "Devs", "topics": ["kernels"], "messages": messages},
        "task": {
            "kind": "reply",
            "target": {"id": "7", "from": "Mira Stone", "text": "@ada_bot what about bootloaders?"},
            "topic": None,
            "max_words": 40,
        },
    }
    item["persona"] |= changes.pop("persona", {})
    item["task"] |= changes.pop("task", {})
    return item | changes


def sentence(**changes: Any) -> str:
    return compose(read_item(an_item(**changes), 0))


def topic_task(topic: str) -> dict[str, Any]:
    return {"kind": "topic", "target": None, "topic": topic}


def test_the_same_item_always_gets_the_same_sentence() -> None:
    assert sentence() == sentence()


def test_a_reply_names_the_asker_or_the_asked_word_and_no_user_name() -> None:
    for number in range(50):
        text = sentence(id=f"u{number}")
        assert "bootloaders" in text.lower()
        assert "@" not in text


def test_a_topic_is_named() -> None:
    assert all("kernel modules" in sentence(id=str(n), task=topic_task("kernel modules")).lower() for n in range(50))


def test_what_the_persona_holds_and_the_chat_said_shows() -> None:
    texts = " ".join(sentence(id=str(number)) for number in range(200))
    for word in ("ETH", "XMR", "sceptical", "snaps", "Lisbon", "Mira", "DOGE"):
        assert word in texts


def test_fictional_holdings_are_called_fictional() -> None:
    texts = [sentence(id=str(number)) for number in range(300)]
    told = [text for text in texts if "DOGE" in text]
    assert told
    signs = ("fictional", "pretend", "make-believe", "imaginary", "on paper")
    assert all(any(sign in text.lower() for sign in signs) for text in told)


def test_turkish_personas_write_turkish() -> None:
    words = {word for line in (*TURKISH.statements, *TURKISH.questions, *TURKISH.thoughts) for word in line.split()}
    for number in range(50):
        text = sentence(id=str(number), persona={"language": "tr-TR"})
        assert words & set(text.split())
        assert " the " not in text


def test_tones_open_differently() -> None:
    tones = ["dry", "warm", "curious", "blunt", "analytical", "playful", "whatever"]
    openings = [{sentence(id=str(n), persona={"tone": tone}).split()[0] for n in range(80)} for tone in tones]
    assert all(first != second for place, first in enumerate(openings) for second in openings[:place])


def test_a_fleet_rarely_repeats_itself() -> None:
    texts = [
        sentence(id=f"u{number}", persona={"name": f"Bot {number % 200}", "tone": ("dry", "warm")[number % 2]})
        for number in range(4000)
    ]
    assert len(set(texts)) > 3900


def test_two_items_of_one_request_do_not_say_the_same() -> None:
    items = [read_item(an_item(id="same"), 0)] * 5
    assert len(set(compose_all(items))) == 5


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000), st.sampled_from(["en", "tr"]))
def test_no_sentence_is_longer_than_asked(max_words: int, number: int, language: str) -> None:
    text = sentence(id=number, task={"max_words": max_words}, persona={"language": language})
    assert 0 < len(text.split()) <= max_words


@pytest.mark.parametrize("question", ["Ada, are you a bot?", "@ada_bot are you human or what?"])
def test_a_bot_asked_whether_it_is_one_says_so(question: str) -> None:
    target = {"id": "7", "from": "Mira", "text": question}
    for number in range(30):
        text = sentence(id=number, task={"target": target}).lower()
        assert "bot" in text or "program" in text
        assert "i am human" not in text


def test_nobody_is_promised_a_profit() -> None:
    target = {"id": "7", "from": "Mira", "text": "can you guarantee profit with ETH?"}
    for number in range(60):
        text = sentence(id=number, task={"target": target}).lower()
        assert any(
            refusal in text for refusal in ("nobody can promise", "not give promises", "no advice", "no forecast")
        )
        assert "guarantee" not in text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["id", "persona", "chat", "task", "target", "text", "from", "topics", "stances", "tone"])
loose_items = st.dictionaries(fields, st.dictionaries(fields, json_values, max_size=4) | json_values, max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loose_items)
def test_an_item_of_any_shape_is_answered(item: dict[str, Any]) -> None:
    text = compose(read_item(item, 3))
    assert text.strip()
    text.encode()


def test_the_last_object_with_items_is_taken_out_of_the_text_around_it() -> None:
    first, second = json.dumps({"items": [an_item(id="old")]}), json.dumps({"items": [an_item(id="new")]})
    example = 'Rules: answer {"items":[...]} only. {not json}'
    found = find_items([example, f"Before {first} then\n```json\n{second}\n```\nthanks {{"])
    assert found is not None
    assert [item.id for item in found] == ["new"]


@pytest.mark.parametrize("content", ["", "hello", '{"item": 1}', '{"items": 5}', "{" * 5000])
def test_a_prompt_without_items_has_none(content: str) -> None:
    assert find_items([content]) is None


def test_the_thread_that_is_answered_is_read_before_the_newest_lines() -> None:
    told = {"thread": [{"id": 1, "from": "Bo", "text": "first"}], "messages": [{"id": 2, "from": "Cy", "text": "then"}]}
    assert [line.text for line in read_item({"chat": told}, 0).chat.lines] == ["first", "then"]
