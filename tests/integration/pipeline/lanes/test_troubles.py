"""A provider that fails for a reason of its own: no prompt is blamed, the next provider is used, operators are told."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.errors import LLMMalformed, LLMRejected
from app.models import Utterance
from app.services.lanes.generation import AMBIENT, generate
from app.services.providers.troubles import list_troubles
from tests.builders import fetch
from tests.integration.pipeline.lanes.flights import states


def attempts(pipeline):
    return fetch(pipeline.sessions, select(Utterance.attempts).order_by(Utterance.id))


def go_on(pipeline, times):
    for _ in range(times):
        pipeline.clock.pass_seconds(60)
        generate(pipeline.generation, AMBIENT)


def test_after_three_unreadable_answers_no_prompt_is_split_or_charged_and_all_leave_once_it_writes_well(pipeline, plan):
    plan(8)
    pipeline.llm.answer = lambda items: "I would rather talk."
    go_on(pipeline, 12)
    assert max(attempts(pipeline)) <= 2
    assert set(states(pipeline)) == {"planned"}
    [trouble] = list_troubles(pipeline.sessions, pipeline.clock)
    assert (trouble.fault, trouble.requests) == ("malformed", 12)
    pipeline.llm.answer = None
    go_on(pipeline, 6)
    assert set(states(pipeline)) == {"ready"}
    assert list_troubles(pipeline.sessions, pipeline.clock) == []


def test_an_unreadable_provider_is_left_alone_for_longer_and_longer(pipeline, plan, monkeypatch):
    monkeypatch.setattr("random.Random.uniform", lambda self, low, high: high)
    plan(1)
    pipeline.llm.answer = lambda items: "no"
    go_on(pipeline, 8)
    assert pipeline.provider.rests == [4, 8, 16, 32, 60, 60]


def test_prompts_of_an_unreadable_provider_go_to_the_next_one(pipeline, plan, fallback):
    plan(3)
    pipeline.llm.errors = [LLMMalformed("?")] * 4
    go_on(pipeline, 3)
    assert len(fallback.client.requests) == 1
    go_on(pipeline, 4)
    assert states(pipeline) == ["ready"] * 3


@pytest.mark.parametrize("fault", ["key", "money", "model"])
def test_one_refusal_of_the_account_is_told_at_once_with_the_providers_sentence(pipeline, plan, fault):
    plan(1)
    pipeline.llm.errors = [LLMRejected("no", fault, "You exceeded your current quota.")]
    go_on(pipeline, 1)
    [trouble] = list_troubles(pipeline.sessions, pipeline.clock)
    assert (trouble.fault, trouble.sentence) == (fault, "You exceeded your current quota.")
    assert attempts(pipeline) == [0]


def test_a_refused_text_between_them_neither_makes_nor_ends_a_row_of_failures(pipeline, plan):
    plan(1)
    pipeline.llm.errors = [LLMMalformed("?"), LLMRejected("no", "content"), LLMMalformed("?")]
    go_on(pipeline, 3)
    assert list_troubles(pipeline.sessions, pipeline.clock) == []
    pipeline.llm.errors = [LLMRejected("no", "content"), LLMMalformed("?")]
    go_on(pipeline, 2)
    assert [one.requests for one in list_troubles(pipeline.sessions, pipeline.clock)] == [3]
