"""Insights of the sandbox model: told from the messages' own words, spoiled where a fault asks for it."""

from __future__ import annotations

import json

import pytest

from app.domain.lanes.excerpts import Excerpt, build_messages
from app.domain.lanes.insights import WORDING, read_insights, schema
from sandbox.llm.answers import make_answer
from sandbox.llm.chat_requests import read_chat_request
from tests.unit.domain.scenes import message

TEXTS = ("I love the interest rates of these bonds", "I hate waiting for the northern depot to open", "what next?")


def ask(fault=None):
    said = tuple(message(number, text) for number, text in enumerate(TEXTS))
    body = {
        "model": "m",
        "messages": build_messages(
            WORDING.rules, [Excerpt(1, "Markets", "en", said), Excerpt(2, "Depots", "en", said[1:])]
        ),
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema(2)}},
    }
    return make_answer(read_chat_request(body), fault, 0).content


def test_every_message_gets_an_insight_that_fits_its_words():
    first, second = json.loads(ask())["items"]
    found = read_insights(first)
    assert [insight.stance for insight in found] == ["for", "against", "none"]
    assert [insight.topic for insight in found][:2] == ["interest rates", "northern depot"]
    assert len(read_insights(second)) == 2


@pytest.mark.parametrize("fault", ["missing_item", "extra_item", "swapped_ids", "empty_text", "leak"])
def test_a_spoiled_answer_differs_from_the_good_one_and_stays_json(fault):
    assert json.loads(ask(fault)) != json.loads(ask())


def test_a_leak_puts_words_of_one_chat_into_the_insight_of_another():
    told = {
        entry["id"]: " ".join(one["summary"] for one in entry["insights"]) for entry in json.loads(ask("leak"))["items"]
    }
    assert any(text in words for words in told.values() for text in TEXTS[:2])
