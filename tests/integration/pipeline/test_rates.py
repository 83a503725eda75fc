"""Prompts, sizes and prices go by the model that is asked, whichever chain or place in it that is."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from app.domain.errors import LLMUnavailable
from app.domain.lanes.lane import Lane
from app.domain.money import Price
from app.domain.prompting.token_rates import TokenRates
from app.models import Bot, Chat, LLMJob, LLMRequest, Spending
from app.repositories.lanes.jobs import LEAST_MESSAGES
from app.services.lanes.generation import AMBIENT, generate
from app.services.settings.values import write_settings
from tests.builders import NOW, add, fetch, make_bot, make_chat, make_message, make_utterance
from tests.provider_fakes import FakeBreaker, FakeLLM, FakePace, FakeProviderLimiter, FakeUsage

ECONOMY = Lane("chat", "ambient", economy=True).name
WIDE, NARROW = TokenRates(prompt_ratio=1.0), TokenRates(prompt_ratio=2.0)


@pytest.fixture
def cheaper(pipeline):
    """The economy model, the only one of its chain, at a tenth of the price."""
    llm = FakeLLM()
    llm.model = "fake-small"
    provider = pipeline.make_provider("fake:small", llm, FakeProviderLimiter(), FakeBreaker(), FakeUsage(), FakePace())
    pipeline.economy = [replace(provider, price=Price(prompt=0.1, cached=0.05, answer=0.4))]
    return pipeline.economy[0]


@pytest.fixture
def plan(pipeline):
    """A plan in a chat with more lines than a prompt of 1,000 tokens shows."""
    write_settings(pipeline.sessions, {"prompt_tokens": 1000}, "test", pipeline.clock)

    def make(lane=AMBIENT):
        bot = make_bot(pipeline.sessions)
        chat = make_chat(pipeline.sessions, bot)
        for number in range(12):
            make_message(pipeline.sessions, chat, f"{number} " + "long " * 60, NOW + dt.timedelta(seconds=number))
        return make_utterance(pipeline.sessions, bot, chat, "planned", lane=lane)

    return make


def shown(provider):
    """How many lines the last prompt to a provider showed."""
    return len(provider.client.requests[-1][0]["chat"]["messages"])


def test_an_economy_lane_shows_as_many_lines_as_the_cheaper_model_counts_within_the_budget(pipeline, cheaper, plan):
    seen = {}
    for name, usual, small in (("wide", NARROW, WIDE), ("narrow", WIDE, NARROW)):
        pipeline.usage.rates, cheaper.usage.rates = usual, small
        plan(ECONOMY)
        generate(pipeline.generation, ECONOMY)
        seen[name] = shown(cheaper)
    assert pipeline.llm.requests == []
    assert 3 <= seen["narrow"] < seen["wide"] < 12


def test_a_fallback_is_shown_as_many_lines_as_it_counts_itself_within_the_budget(pipeline, plan):
    fallback = pipeline.add_fallback()
    pipeline.usage.rates, fallback.usage.rates = WIDE, NARROW
    pipeline.llm.errors = [LLMUnavailable("down")]
    plan()
    generate(pipeline.generation, AMBIENT)
    assert shown(fallback) < shown(pipeline.chain[0])


def test_a_request_that_lost_a_plan_to_its_budget_keeps_to_the_rates_of_its_model(pipeline, plan):
    pipeline.usage.rates = NARROW
    plan()
    generate(pipeline.generation, AMBIENT)
    alone = shown(pipeline.chain[0])
    poor = plan()
    with pipeline.sessions.begin() as session:
        session.execute(update(Bot).where(Bot.id == poor.bot_id).values(daily_budget_usd=0.01))
    add(pipeline.sessions, Spending(day=NOW.date(), scope="bot", scope_id=poor.bot_id, micros=10_000))
    plan()
    generate(pipeline.generation, AMBIENT)
    assert [len(request) for request in pipeline.llm.requests] == [1, 1]
    assert shown(pipeline.chain[0]) == alone


def test_an_economy_request_is_sized_reserved_and_paid_for_as_the_cheaper_model_takes_it(pipeline, cheaper, plan):
    pipeline.usage.rates = TokenRates(answer_per_item=9_000)
    plan(ECONOMY)
    generate(pipeline.generation, ECONOMY)
    assert pipeline.provider.reserved == []
    [reserved] = cheaper.limiter.reserved
    assert reserved < 2_000
    [row] = fetch(pipeline.sessions, select(LLMRequest))
    assert (row.model, row.cost_micros) == ("fake-small", cheaper.price.cost(row.tokens_in, row.tokens_out))
    assert row.cost_micros < pipeline.price.cost(row.tokens_in, row.tokens_out)


def test_what_the_usual_model_answered_is_not_taken_for_the_cheaper_models_answer(pipeline, cheaper):
    digest = {"topics": ["rates"], "mood": "calm", "summary": "They talk about rates."}
    for llm in (pipeline.llm, cheaper.client):
        llm.answer = lambda items: json.dumps({"items": [{"id": item["id"], **digest} for item in items]})
    chat = make_chat(pipeline.sessions)
    for number in range(LEAST_MESSAGES):
        make_message(pipeline.sessions, chat, f"Rates {number}")
    for economy in (False, True, True):
        lane = Lane("digest", "bulk", economy).name
        with pipeline.sessions.begin() as session:
            session.execute(delete(LLMJob))
            session.execute(update(Chat).values(digest=None))
        add(pipeline.sessions, LLMJob(family="digest", chat_id=chat.id, lane=lane, available_at=NOW))
        generate(pipeline.generation, lane)
        assert fetch(pipeline.sessions, select(Chat.digest)) == [digest]
    assert (len(pipeline.llm.requests), len(cheaper.client.requests)) == (1, 1)
