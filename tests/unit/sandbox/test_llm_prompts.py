"""Chorus's prompts as the sandbox reads them."""

import json

import pytest

from app.domain.fleet.persona import HoldingView, StanceView
from app.domain.prompting import FULL, SHORT, Form, PromptItem, build_messages
from sandbox.llm.prompts import Item, find_items
from tests.unit.domain.scenes import NOW, message, profile

ADA = profile(
    examples=("Two readings are no trend.",),
    stances=(StanceView("gold", "up", 0.9),),
    holdings=(HoldingView("TLT", 2.0, 90.0),),
    timezone="Europe/Istanbul",
)
SAID = tuple(message(n, f"line {n}", 100 - n, author_bot_id=3 if n == 2 else None) for n in range(6))


def an_item(number: int, **fields: object) -> PromptItem:
    base = {
        "chat_title": "Markets",
        "chat_topics": ("rates",),
        "messages": SAID[3:5],
        "thread": SAID[1:3],
        "topic": None,
    }
    base |= {"bot": ADA, "max_words": 30, "target": SAID[5], "now": NOW, "chat_id": 7, "visible": SAID, "topic": None}
    return PromptItem(**{"utterance_id": number, "canary": f"ref{number}", **base, **fields})  # type: ignore[arg-type]


def read(*items: PromptItem, form: Form = FULL) -> tuple[Item, ...]:
    found = find_items([one["content"] for one in build_messages(items, form=form)])
    assert found is not None
    return found


@pytest.mark.parametrize("form", [FULL, SHORT])
def test_an_item_has_what_its_request_tells_once_for_all(form: Form) -> None:
    first, second = read(an_item(1), an_item(2, target=None, thread=(), topic="coffee"), form=form)
    assert (first.id, second.id, first.name) == ("1", "2", "ref1")
    assert first.persona == second.persona
    assert (first.persona.name, first.persona.examples, first.persona.holdings) == ("Ada", ADA.examples, ("TLT",))
    assert [(stance.topic, stance.position, stance.confidence) for stance in first.persona.stances] == [
        ("gold", "up", 0.9)
    ]
    assert first.task.target is not None
    assert (first.task.kind, first.task.target.author, first.task.target.text) == ("reply", "Grace", "line 5")
    assert (second.task.kind, second.task.topic, second.task.max_words) == ("topic", "coffee", 30)
    assert (first.chat.title, first.chat.topics, first.now) == ("Markets", ("rates",), "Sunday 2026-11-22 15:00")


def test_the_thread_comes_before_the_other_lines_and_without_the_target() -> None:
    [item] = read(an_item(1, messages=(SAID[0], *SAID[3:5])))
    assert [line.text for line in item.chat.lines] == ["line 1", "line 2", "line 0", "line 3", "line 4"]
    assert [line.is_bot for line in item.chat.lines] == [False, True, False, False, False]


def test_each_item_knows_the_time_of_its_own_persona() -> None:
    away = profile(display_name="Bob", timezone="America/New_York")
    assert [item.now for item in read(an_item(1), an_item(2, bot=away))] == [
        "Sunday 2026-11-22 15:00",
        "Sunday 2026-11-22 07:00",
    ]


@pytest.mark.parametrize(
    "item",
    [
        {"persona": "p9", "chat": "c9", "task": {"reply_to": 9, "thread": "9-x,-,1-99999999999"}},
        {"persona": 1, "chat": [], "task": {"reply_to": True, "thread": [1]}},
        {"persona": "p1", "chat": "c1", "task": {"reply_to": [], "topic": None}},
    ],
)
def test_references_that_lead_nowhere_leave_their_defaults(item: dict[str, object]) -> None:
    body = {"personas": [], "chats": {"c1": {"lines": [[], [1], 3, ["x", "y", "z"]]}}, "items": [item], "now": {"x": 3}}
    found = find_items([json.dumps(body)])
    assert found is not None
    assert (found[0].persona.name, found[0].now) == ("", "")
