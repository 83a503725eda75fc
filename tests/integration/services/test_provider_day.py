"""What the ledger knows of a day, for a limiter whose Redis was lost."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.ports import DaySlot
from app.models import LLMRequest
from app.repositories.providers.provider_day import UNKNOWN_TOKENS, read_day
from tests.builders import add

NOW = dt.datetime(2026, 3, 2, 12, 5, tzinfo=dt.UTC)
SLOT_S = 600


@pytest.fixture
def ask(sessions):
    """A request in the ledger, `minutes` ago."""

    def write(minutes=1.0, tokens=(0, 0), **fields):
        at = NOW - dt.timedelta(minutes=minutes)
        values = {"lane": "l", "provider": "openai", "model": "m", "prompts": 1, "outcome": "answered", **fields}
        values |= {"created_at": at, "lease_until": at, "tokens_in": tokens[0], "tokens_out": tokens[1]}
        add(sessions, LLMRequest(**values))

    return write


@pytest.fixture
def read(sessions):
    def find():
        with sessions() as session:
            return read_day(session, "openai", "m", NOW, SLOT_S)

    return find


def test_requests_and_tokens_by_slot(ask, read):
    ask(1, (100, 20))
    ask(2, (50, 5))
    ask(65, (7, 3))
    late = NOW.timestamp() // SLOT_S * SLOT_S
    assert read() == [DaySlot(late - 3600 - SLOT_S + SLOT_S, 1, 10), DaySlot(late, 2, 175)]


def test_other_models_other_providers_and_older_days_are_left_out(ask, read):
    ask(model="n")
    ask(provider="groq")
    ask(26 * 60)
    assert read() == []


def test_a_slot_that_still_counts_is_whole(ask, read):
    ask(24 * 60 + 14, (5, 5))
    assert [slot.tokens for slot in read()] == [10]


@pytest.mark.parametrize("outcome", ["answered", "ratelimited", "rejected", "malformed", "in_flight", "abandoned"])
def test_every_outcome_is_a_request_that_may_have_been_counted(ask, read, outcome):
    ask(outcome=outcome)
    assert sum(slot.requests for slot in read()) == 1


@pytest.mark.parametrize("outcome", ["in_flight", "abandoned", "unavailable", "malformed"])
def test_tokens_that_nobody_was_told_of_are_taken_to_be_as_many_as_the_dearest_prompts(ask, read, outcome):
    ask(100, (600, 401), prompts=10)
    ask(90, (100, 0), prompts=2)
    ask(1, prompts=3, outcome=outcome)
    assert read()[-1].tokens == 3 * 101


@pytest.mark.parametrize("outcome", ["ratelimited", "rejected"])
def test_a_refusal_costs_no_tokens(ask, read, outcome):
    ask(2, (600, 400))
    ask(1, outcome=outcome)
    assert sum(slot.tokens for slot in read()) == 1000


def test_before_anything_was_counted_a_prompt_is_taken_to_be_large(ask, read):
    ask(1, prompts=2, outcome="in_flight")
    assert read()[-1].tokens == 2 * UNKNOWN_TOKENS
