"""What operators see of a provider: fast or slow, near its limits, failing and why; and one real request to it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.domain.errors import LLMRejected, LLMUnavailable, Spent
from app.domain.money import Price
from app.domain.providers.capabilities import Capabilities
from app.domain.providers.entry import ProviderEntry
from app.models import LLMCapability, LLMRequest, Spending
from app.services.lanes.ports import Provider
from app.services.providers import checks
from app.services.providers.listing import ListedProvider, ProviderList
from app.services.providers.state import list_states
from tests.builders import add
from tests.provider_fakes import FakeBreaker, FakeLLM, FakePace, FakeProviderLimiter, FakeUsage

PRICE = Price(1, 0.5, 4)
ENTRY = ProviderEntry("fake", "fake-1")


@pytest.fixture
def provider():
    parts = FakeLLM(), FakeProviderLimiter(), FakeBreaker(), FakeUsage(), FakePace()
    return Provider("fake:fake-1", *parts, request_tokens=1000, price=PRICE)


@pytest.fixture
def state(sessions, clock, provider):
    """The only provider's state, as of now."""

    def read(key="sk-1", locked=False):
        listed = ProviderList((ListedProvider(ENTRY, key, locked),), own=True)
        [found] = list_states(sessions, clock, listed, lambda _: provider)
        return found

    return read


@pytest.fixture
def request_of(sessions, clock):
    """Writes a request into the ledger, so many seconds ago."""

    def write(ago_s=0.0, **columns):
        at = clock.instant - dt.timedelta(seconds=ago_s)
        usual = {"lane": "chat.ambient", "provider": "fake", "model": "fake-1", "prompts": 1, "outcome": "answered"}
        add(sessions, LLMRequest(**{**usual, "answered": 1, "lease_until": at, "created_at": at, **columns}))

    return write


def test_nobody_asked_it_yet(state):
    found = state()
    assert (found.word, found.figures.requests, found.figures.latency_s, found.known) == ("new", 0, None, None)


def test_the_last_hour_tells_how_fast_it_is_and_the_minute_how_much_is_used(state, request_of):
    for seconds, ago_s in ((1, 5), (2, 50), (9, 200)):
        request_of(ago_s, latency_ms=seconds * 1000, tokens_in=1000, tokens_out=100, cost_micros=7)
    request_of(2 * 3600, latency_ms=60_000, tokens_in=5)
    figures = state().figures
    assert (figures.requests, figures.failed, figures.latency_s) == (3, 0, 2.0)
    assert figures.tokens_per_s == pytest.approx(300 / 12)
    assert (figures.requests_minute, figures.tokens_minute) == (2, 2200)
    assert (figures.requests_day, figures.tokens_day) == (4, 3305)
    assert state().word == "ready"


def test_failures_come_with_the_providers_sentence_the_newest_first(state, request_of):
    for number in range(7):
        request_of(60 - number, answered=0, outcome="rejected", fault="key", sentence=f"wrong key {number}")
    found = state()
    assert found.word == "failing"
    assert [one.sentence for one in found.failures] == [f"wrong key {number}" for number in (6, 5, 4, 3, 2)]
    assert found.trouble.requests == 7


@pytest.mark.parametrize(("what", "word"), [("breaker", "away"), ("limiter", "resting"), ("locked", "failing")])
def test_why_it_does_not_answer_now(state, provider, request_of, what, word):
    request_of()
    provider.breaker.open = what == "breaker"
    provider.limiter.room_in_s = 7.0 if what == "limiter" else 0.0
    assert state(locked=what == "locked").word == word


def test_the_usual_space_between_two_requests_is_no_rest(state, provider, request_of):
    request_of()
    provider.limiter.room_in_s = 60 / ENTRY.requests_per_minute
    assert state().word == "ready"


def test_what_its_model_was_seen_to_take(state, sessions, clock):
    facts = Capabilities(answer_format="tool").to_json()
    add(
        sessions,
        LLMCapability(server="http://fake/v1", model="fake-1", facts=facts, reason="no", learned_at=clock.now()),
    )
    assert (state().known.capabilities.answer_format, state().known.reason) == ("tool", "no")


def test_a_check_asks_once_and_is_counted_and_paid(sessions, clock, provider, state):
    provider.client.answer = lambda items: '{"items":[{"id":"1","text":"Hello"}]}'
    checked, error = checks.check_client(provider.client, PRICE, 5.0)
    checks.record_check(sessions, clock, provider.client, checked, error)
    assert (checked.works, checked.said, error) == (True, "Hello", None)
    with sessions() as session:
        [row] = session.scalars(select(LLMRequest)).all()
        spent = session.scalar(select(Spending.micros))
    assert (row.lane, row.outcome, row.answered, row.cost_micros) == ("check", "answered", 1, checked.micros)
    assert spent == checked.micros > 0
    assert state().word == "ready"


def test_a_failed_check_tells_why_and_counts_as_one_of_its_failures(sessions, clock, provider, state):
    provider.client.errors = [LLMRejected("It refuses the key: check it.", "key", "invalid api key")]
    checked, error = checks.check_client(provider.client, PRICE, 5.0)
    checks.record_check(sessions, clock, provider.client, checked, error)
    assert not checked.works
    assert "invalid api key" in checked.said
    assert state().trouble.fault == "key"


def test_a_form_that_was_only_tried_is_no_failure_of_the_provider(sessions, clock, provider, state):
    provider.client.errors = [LLMRejected("No tools.", "format", "tools are not supported")]
    checked, _ = checks.check_client(provider.client, PRICE, 5.0)
    checks.record_check(sessions, clock, provider.client, checked)
    assert state().trouble is None
    assert (state().figures.requests, state().figures.failed) == (1, 0)


def test_an_answer_without_a_text_does_not_work_and_what_it_cost_is_kept(provider):
    provider.client.answer = lambda items: '{"items":[{"id":"1","text":" "}]}'
    checked, error = checks.check_client(provider.client, PRICE, 5.0)
    assert (checked.works, error.fault) == (False, "malformed")
    assert checked.micros > 0
    lost = LLMUnavailable("It did not answer.", "slow")
    lost.spent = Spent(100, 50)
    provider.client.errors = [lost]
    assert checks.check_client(provider.client, PRICE, 5.0)[0].micros == PRICE.cost(100, 50)


def test_a_check_costs_less_than_a_cent_of_the_dearest_model():
    assert checks.estimate_check(Price(30, 30, 180)) < 20_000
