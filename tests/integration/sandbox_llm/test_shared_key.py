"""The fleet's limiter before a provider that counts for itself: no 429, also when somebody else uses the key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.adapters.llm.rate_headers import read_groq, read_openai
from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from tests.integration.sandbox_llm.conftest import RunningSandbox

BORN_LONG_AGO = 10**12
TOKENS = 60
"""More than one of these requests takes, prompt and answer together."""


class OurFleet:
    """Asks as often as its limiter lets it, and tells it what came back."""

    def __init__(self, llm: RunningSandbox, limiter: RedisProviderLimiter, read: Callable[..., Any]) -> None:
        self.llm = llm
        self.limiter = limiter
        self.read = read
        self.statuses: list[int] = []

    def ask(self, most: int = 100) -> int:
        """How many requests were granted and answered until the limiter said no, `most` at most."""
        before = len(self.statuses)
        while len(self.statuses) - before < most and self.limiter.reserve(TOKENS, urgent=True).granted:
            reply = self.llm.ask(max_completion_tokens=20)
            self.statuses.append(reply.status_code)
            if reply.status_code == 429:
                self.limiter.settle(TOKENS, 0)
                self.limiter.rest(float(reply.headers["retry-after"]))
            else:
                self.limiter.settle(TOKENS, reply.json()["usage"]["total_tokens"])
                self.limiter.correct(self.read(reply.headers))
        return len(self.statuses) - before


@pytest.fixture
def make_fleet(cache):
    """The fleet, its limiter's empty start long past."""

    def build(llm, rpm=20, tpm=200_000, rpd=0, tpd=0, read=read_openai):
        cache.hset("llm:window:m", "born", BORN_LONG_AGO)
        return OurFleet(llm, RedisProviderLimiter(cache, "m", ProviderLimits(rpm, tpm, rpd, tpd), list), read)

    return build


@pytest.fixture(params=["refill", "sliding"])
def kind(request):
    return request.param


def burn(llm: RunningSandbox, requests: int) -> None:
    """Somebody else with the same key."""
    assert all(llm.ask().status_code == 200 for _ in range(requests))


def test_a_stranger_who_burnt_half_of_the_minute_costs_no_429(start, make_fleet, kind):
    llm = start(rpm=20, kind=kind)
    burn(llm, 10)
    fleet = make_fleet(llm)
    assert 6 <= fleet.ask() <= 10
    assert set(fleet.statuses) == {200}


def test_without_its_headers_the_same_stranger_costs_some(start, make_fleet, kind):
    llm = start(rpm=20, kind=kind)
    burn(llm, 10)
    fleet = make_fleet(llm, read=lambda headers: ())
    fleet.ask()
    assert 429 in fleet.statuses


def test_a_stranger_who_burns_it_while_we_work_costs_no_429(start, make_fleet, kind):
    llm = start(rpm=20, kind=kind)
    fleet = make_fleet(llm)
    assert fleet.ask(most=5) == 5
    burn(llm, 10)
    fleet.ask()
    assert set(fleet.statuses) == {200}


def test_a_stranger_who_burnt_all_of_it_costs_one_429(start, make_fleet, kind):
    llm = start(rpm=20, kind=kind)
    fleet = make_fleet(llm)
    assert fleet.ask(most=3) == 3
    burn(llm, 17)
    fleet.ask()
    assert fleet.statuses == [200] * 3 + [429]
    assert fleet.ask() == 0


def test_a_stranger_who_burnt_half_of_the_tokens_costs_no_429(start, make_fleet, kind):
    llm = start(rpm=500, tpm=1500, kind=kind)
    while int(llm.ask(max_completion_tokens=20).headers["x-ratelimit-remaining-tokens"]) > 750:
        pass
    fleet = make_fleet(llm, rpm=500, tpm=1500)
    assert fleet.ask() >= 8
    assert set(fleet.statuses) == {200}


def test_a_limit_that_was_configured_too_high_costs_no_429(start, make_fleet, kind):
    fleet = make_fleet(start(rpm=10, kind=kind), rpm=500)
    assert 6 <= fleet.ask() <= 10
    assert set(fleet.statuses) == {200}


@pytest.mark.parametrize("limits", [{"rpd": 7}, {"tpd": 400}])
def test_a_day_runs_out_without_a_429(start, make_fleet, limits, kind):
    sandbox = {"requests_per_day": limits.get("rpd", 0), "tokens_per_day": limits.get("tpd", 0)}
    fleet = make_fleet(start(kind=kind, **sandbox), rpm=500, **limits)
    assert fleet.ask() >= 6
    assert set(fleet.statuses) == {200}
    assert fleet.limiter.reserve(TOKENS, urgent=True).retry_in_s > 80_000


def test_groq_tells_of_a_stranger_who_burnt_half_of_the_day(start, make_fleet, kind):
    llm = start(headers="groq", requests_per_day=20, kind=kind)
    burn(llm, 10)
    fleet = make_fleet(llm, rpm=500, rpd=20, read=read_groq)
    assert fleet.ask() == 10
    assert set(fleet.statuses) == {200}


def test_groqs_day_is_not_taken_for_a_minute(start, make_fleet):
    llm = start(headers="groq", requests_per_day=200)
    burn(llm, 150)
    fleet = make_fleet(llm, rpm=100, read=read_groq)
    assert fleet.ask(most=45) == 45
    assert set(fleet.statuses) == {200}


def test_groqs_day_that_was_configured_too_high_costs_no_429(start, make_fleet):
    llm = start(headers="groq", requests_per_day=9)
    fleet = make_fleet(llm, rpm=500, rpd=1000, read=read_groq)
    assert fleet.ask() == 9
    assert set(fleet.statuses) == {200}
