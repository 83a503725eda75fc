"""The sandbox's sentences: they take up what was said, fit their length and persona, vary, and are honest."""

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.fleet.persona import StanceView
from app.domain.postprocess import DraftContext, RecentTexts, Refused, finish
from app.simulation.phrases import ASKERS, QUESTIONS, REMARKS, SUBJECTS
from sandbox.llm.prompts import find_items, read_item
from sandbox.llm.sentences import compose, compose_all
from sandbox.llm.subjects import find_subject
from sandbox.llm.turns import Stock, choose, stock_of

TURKISH_QUESTIONS = (
    "{} hakkında ne düşünüyorsun?",
    "{} neden bu kadar konuşuluyor?",
    "sence {} değer mi?",
    "bugün {} konusunda çok yoruldum.",
    "bence {} abartılıyor.",
)
TURKISH_SUBJECTS = ("altın", "kira fiyatları", "eski bilgisayarlar", "sabah yüzmesi", "kahve", "yapay zeka")
PERSONAS: list[dict[str, Any]] = [
    {"name": "Ada", "tone": "dry and exact", "style": "short sentences", "topics": ["inflation", "bonds"]},
    {"name": "Bruno", "tone": "warm and curious", "style": "asks back", "topics": ["coffee", "weather"]},
    {"name": "Cleo", "tone": "upbeat and quick", "style": "comparisons", "topics": ["chips", "open source"]},
    {"name": "Emil", "tone": "sceptical but fair", "style": "", "topics": ["crypto", "regulation"]},
    {"name": "Hana", "tone": "thoughtful", "style": "starts from what it saw", "topics": ["games", "music"]},
    {"name": "Kofi", "tone": "calm host", "style": "", "topics": ["community", "small business"]},
    {"name": "Deniz", "tone": "sakin", "style": "kısa cümleler", "topics": ["altın", "enflasyon"], "language": "tr"},
]


def an_item(**changes: Any) -> dict[str, Any]:
    persona = {
        "name": "Ada",
        "tone": "warm and patient",
        "language": "en",
        "topics": ["packaging"],
        "watchlist": ["ETH", "XMR"],
        "stances": [{"topic": "snaps", "position": "handy, but slow to start", "confidence": 0.8}],
        "holdings": [{"symbol": "DOGE", "amount": 3}],
    }
    messages = [{"id": "1", "from": "Bo", "text": "the mirror in Lisbon is slow today", "is_bot": False}]
    item: dict[str, Any] = {
        "id": "u1",
        "persona": persona,
        "chat": {"title": "Devs", "topics": ["kernels"], "messages": messages},
        "task": {
            "kind": "reply",
            "target": {"id": "7", "from": "Mira Stone", "text": "@ada_bot what do you think about bootloaders?"},
            "topic": None,
            "max_words": 40,
        },
    }
    item["persona"] |= changes.pop("persona", {})
    item["task"] |= changes.pop("task", {})
    return item | changes


def sentence(**changes: Any) -> str:
    return compose(read_item(an_item(**changes), 0))


def asked(text: str) -> dict[str, Any]:
    return {"target": {"id": "7", "from": "Mira", "text": text}}


def topic_task(topic: str) -> dict[str, Any]:
    return {"kind": "topic", "target": None, "topic": topic}


def a_day(seed: int, turns: int = 300) -> list[tuple[dict[str, Any], int, str]]:
    """The turns of a small fleet in three chats whose people ask, remark and are answered: persona, words, text."""
    rng = random.Random(seed)
    chats: list[list[str]] = [[], [], []]
    said = []
    for number in range(turns):
        persona, chat = rng.choice(PERSONAS), rng.choice(chats)
        turkish = persona.get("language") == "tr"
        task: dict[str, Any] = topic_task(rng.choice(persona["topics"]))
        if rng.random() < 0.5:
            frame, subjects = (TURKISH_QUESTIONS, TURKISH_SUBJECTS) if turkish else (QUESTIONS + REMARKS, SUBJECTS)
            subject = rng.choice(subjects)
            text = rng.choice(frame).format(subject, subject=subject)
            task = {"target": {"id": 1, "from": rng.choice(ASKERS), "text": f"{persona['name']}, {text}"}}
        elif chat and rng.random() < 0.6:
            task = {"target": {"id": 1, "from": "Goran", "text": rng.choice(chat[-3:]), "is_bot": True}}
        words = rng.choice((12, 20, 30, 40))
        shown = [{"id": 1, "from": "Goran", "text": line, "is_bot": True} for line in chat[-6:]]
        item = {"id": number, "persona": persona, "chat": {"messages": shown}, "task": {**task, "max_words": words}}
        text = compose(read_item(item, number))
        chat.append(text)
        said.append((persona, words, text))
    return said


def test_the_same_item_always_gets_the_same_sentence() -> None:
    assert sentence() == sentence()


@pytest.mark.parametrize("question", QUESTIONS + REMARKS)
def test_whatever_people_ask_the_answer_names_their_subject_and_no_user_name(question: str) -> None:
    for number, subject in enumerate(SUBJECTS[::7]):
        text = sentence(id=f"u{number}", task=asked(f"@ada_bot {question.format(subject=subject)}"))
        assert any(word in text.lower() for word in subject.split() if len(word) > 3)
        assert "@" not in text


def test_a_topic_is_named() -> None:
    assert all("kernel modules" in sentence(id=str(n), task=topic_task("kernel modules")).lower() for n in range(50))


def test_an_opinion_of_the_persona_is_told_in_its_own_words() -> None:
    texts = [sentence(id=str(number), task=asked("what do you think about snaps?")) for number in range(60)]
    assert sum("handy, but slow to start" in text for text in texts) > 15


def test_what_the_persona_watches_shows_where_money_is_the_subject() -> None:
    money = " ".join(sentence(id=str(n), task=asked("any opinion on crypto wallets?")) for n in range(300))
    assert all(symbol in money for symbol in ("ETH", "XMR", "DOGE"))
    assert "ETH" not in " ".join(sentence(id=str(n), task=asked("any opinion on sourdough?")) for n in range(100))


def test_fictional_holdings_are_called_fictional() -> None:
    texts = [sentence(id=str(n), task=asked("any opinion on crypto wallets?")) for n in range(300)]
    told = [text for text in texts if "DOGE" in text]
    assert told
    assert all(any(sign in text for sign in ("fictional", "On paper", "make-believe")) for text in told)


def test_turkish_personas_write_turkish_with_their_subject() -> None:
    for number in range(50):
        task = asked("altın fiyatları hakkında ne düşünüyorsun?")
        text = sentence(id=str(number), persona={"language": "tr-TR"}, task=task)
        assert "altın fiyatları" in text.lower()
        assert " the " not in text


def test_a_subject_in_another_language_is_not_taken_over() -> None:
    for number in range(30):
        assert "kahve" not in sentence(id=str(number), task=asked("bu şehirde kahve hakkında ne düşünüyorsun?")).lower()


def test_tones_open_differently() -> None:
    tones = {"dry": "Noted.", "warm": "Lovely question.", "curious": "Hm, wait.", "precise": "Step by step."}
    for tone, lead in tones.items():
        texts = [sentence(id=str(n), persona={"tone": tone, "style": ""}) for n in range(120)]
        assert any(text.startswith(lead) for text in texts)
        assert not any(text.startswith(other) for text in texts for other in set(tones.values()) - {lead})


def test_a_persona_keeps_its_side_on_a_subject() -> None:
    stock = stock_of("en")
    items = [read_item(an_item(id=str(number)), 0) for number in range(20)]
    assert len({find_subject(item, stock, random.Random(number)).stand for number, item in enumerate(items)}) == 1
    others = [read_item(an_item(persona={"name": f"Bot {number}"}), 0) for number in range(40)]
    assert {find_subject(item, stock, random.Random(1)).stand for item in others} == {"for", "against", "unsure"}


@pytest.mark.parametrize("seed", range(3))
def test_a_fleet_hardly_repeats_itself_by_the_products_own_measure(seed: int) -> None:
    recent, echoes, day = RecentTexts(), 0, a_day(seed)
    for _, _, text in day:
        echoes += recent.repeats(text) or recent.resembles(text)
        recent.add(text)
    assert echoes / len(day) < 0.05


def test_the_products_own_filter_takes_nearly_everything() -> None:
    day = [turn for seed in (11, 12) for turn in a_day(seed)]
    refused = []
    for persona, words, text in day:
        stances = tuple(StanceView(topic, "bullish", 0.5) for topic in persona["topics"])
        language = frozenset({persona.get("language", "en")})
        context = DraftContext(persona["name"], words, languages=language, stances=stances)
        if isinstance(outcome := finish(text, context), Refused):
            refused.append((outcome.reason, text))
    assert len(refused) <= len(day) * 0.01, refused


def test_two_items_of_one_request_do_not_say_the_same() -> None:
    items = [read_item(an_item(id="same"), 0)] * 5
    assert len(set(compose_all(items))) == 5


def test_what_the_chat_shows_is_not_said_again() -> None:
    for number in range(30):
        first = sentence(id=str(number))
        shown = {"messages": [{"id": "2", "from": "Bo", "text": first, "is_bot": True}]}
        again = compose(read_item({**an_item(id=str(number)), "chat": shown}, 0), avoid=[first])
        assert again != first


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 1000), st.sampled_from(["en", "tr"]))
def test_no_sentence_is_longer_than_asked(max_words: int, number: int, language: str) -> None:
    text = sentence(id=number, task={"max_words": max_words}, persona={"language": language})
    assert 0 < len(text.split()) <= max_words


@pytest.mark.parametrize("question", ["Ada, are you a bot?", "@ada_bot are you human or what?"])
def test_a_bot_asked_whether_it_is_one_says_so(question: str) -> None:
    for number in range(30):
        text = sentence(id=number, task=asked(question)).lower()
        assert "bot" in text or "program" in text
        assert "i am human" not in text


def test_nobody_is_promised_a_profit() -> None:
    for number in range(60):
        text = sentence(id=number, task=asked("can you guarantee profit with ETH?")).lower()
        assert any(
            refusal in text for refusal in ("nobody can promise", "not give promises", "no advice", "no forecast")
        )
        assert "guarantee" not in text


@pytest.mark.parametrize("stock", [stock_of("en"), stock_of("tr")], ids=["en", "tr"])
def test_every_line_of_the_stock_can_be_filled(stock: Stock) -> None:
    slots = dict.fromkeys(("subject", "asker", "topic", "position", "symbol"), "x")
    lists = [lines for name, lines in stock.lines.items() if name not in stock.words]
    lists += [kind.lines for kind in stock.asked] + list(stock.said.values()) + [tone.leads for tone in stock.tones]
    lists += [lines for topic in stock.topics for lines in (*topic.views.values(), topic.jokes)]
    for line in (line for lines in lists for line in lines):
        text = choose(line, random.Random(1)).format(**slots)
        assert not set("()|{}") & set(text), line
        assert text.endswith((".", "?", ":", "!")), line


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
