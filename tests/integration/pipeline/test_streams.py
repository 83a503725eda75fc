"""A streamed answer: each item is on its way while the rest is still being written."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.domain.errors import LLMUnavailable
from app.models import LLMRequest, Utterance
from app.services.lanes.generation import INTERACTIVE, generate
from tests.builders import fetch, make_bot, make_chat, make_message, make_utterance, refetch


@pytest.fixture
def plans(pipeline):
    """Six people wait for an answer, each in a chat of its own."""
    pipeline.stream = True
    made = []
    for number in range(6):
        bot = make_bot(pipeline.sessions, f"Bot{number}")
        chat = make_chat(pipeline.sessions, bot)
        make_message(pipeline.sessions, chat, f"what do people in chat number {number} say about rates")
        made.append(make_utterance(pipeline.sessions, bot, chat, "planned", urgency="interactive"))
    return made


def states(pipeline):
    return fetch(pipeline.sessions, select(Utterance.state).order_by(Utterance.id))


def stream(pipeline, monkeypatch, texts, *, breaks_after=None):
    """The provider writes these texts one by one, and `seen` what was ready after each."""
    seen = []
    complete = pipeline.llm.complete

    def write(messages, schema, budget, listen):
        items = json.loads(messages[-1]["content"])["items"]
        parts = [json.dumps({"id": item["id"], "text": text}) for item, text in zip(items, texts, strict=True)]
        for count in range(1, len(parts) + 1):
            listen('{"items":[' + ",".join(parts[:count]))
            seen.append(states(pipeline).count("ready"))
            if count == breaks_after:
                raise LLMUnavailable("The stream broke off.")
        pipeline.llm.answer = lambda _: '{"items":[' + ",".join(parts) + "]}"
        return complete(messages, schema, budget)

    monkeypatch.setattr(pipeline.llm, "complete", write)
    return seen


TEXTS = [f"Thought {number}." for number in range(6)]


def test_each_item_is_released_as_its_part_completes(pipeline, plans, monkeypatch):
    seen = stream(pipeline, monkeypatch, TEXTS)
    generate(pipeline.generation, INTERACTIVE)
    assert seen == [1, 2, 3, 4, 5, 6]
    assert states(pipeline) == ["ready"] * 6
    assert pipeline.queue.deliveries >= 6
    [row] = fetch(pipeline.sessions, select(LLMRequest))
    assert (row.prompts, row.answered) == (6, 6)


def test_what_a_stream_that_broke_off_had_said_stays_and_the_rest_is_asked_of_the_next_provider(
    pipeline, plans, monkeypatch
):
    fallback = pipeline.add_fallback()
    stream(pipeline, monkeypatch, TEXTS, breaks_after=2)
    generate(pipeline.generation, INTERACTIVE)
    [asked] = fallback.client.requests
    assert [item["utterance"] for item in asked] == [plan.id for plan in plans[2:]]
    assert states(pipeline) == ["ready"] * 6
    assert [refetch(pipeline.sessions, plan).text for plan in plans[:2]] == TEXTS[:2]


def test_a_leak_is_found_before_the_stream_has_ended(pipeline, plans, monkeypatch):
    leak = "They told me what do people in chat number 3 say about rates."
    seen = stream(pipeline, monkeypatch, [leak, *TEXTS[1:]])
    generate(pipeline.generation, INTERACTIVE)
    assert seen == [0, 1, 2, 3, 4, 5]
    assert refetch(pipeline.sessions, plans[0]).state == "planned"


def test_without_streams_people_still_ride_in_small_batches(pipeline, plans):
    pipeline.stream = False
    generate(pipeline.generation, INTERACTIVE)
    assert states(pipeline).count("ready") == 4
