"""Requests, settlements and losses of Redis in any order: no limit of a minute or a day is broken."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.redis.provider_limiter import ProviderLimits, RedisProviderLimiter
from tests.integration.adapters.pace import Taken, most_within
from tests.integration.adapters.short_day import (
    BORN_LONG_AGO,
    DAY_MS,
    KEY,
    MINUTE_MS,
    Ledger,
    Row,
)

pytestmark = pytest.mark.usefixtures("short_times")


limits_of_all_sizes = st.builds(
    ProviderLimits, st.integers(3, 9), st.integers(60, 300), st.integers(0, 20), st.integers(0, 700)
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(1, 60), st.booleans()),
        st.tuples(st.just("reserve"), st.integers(1, 60), st.booleans()),
        st.tuples(st.just("settle"), st.floats(0, 1), st.floats(0, 1)),
        st.tuples(st.just("pause"), st.integers(1, 60), st.none()),
        st.tuples(st.just("lose"), st.none(), st.none()),
    ),
    min_size=10,
    max_size=50,
)


class Traffic:
    """Requests in any order, of threads of their own as far as settling goes, and a ledger of them."""

    def __init__(self, cache, clock, limits):
        self.cache = cache
        self.clock = clock
        self.ledger = Ledger()
        self.limiter = RedisProviderLimiter(cache, "openai", limits, self.ledger.load)
        self.taken, self.open, self.reservations = [], [], {}
        self.lost = False

    def reserve(self, tokens, urgent):
        row = Row(self.clock.now, tokens)
        self.ledger.rows.append(row)
        if self.limiter.reserve(tokens, urgent).granted:
            self.taken.append(row)
            self.open.append((row, tokens, self.limiter._local.reservation))
        else:
            self.ledger.rows.remove(row)

    def settle(self, which, share):
        if self.open:
            row, tokens, reservation = self.open.pop(int(which * (len(self.open) - 1)))
            self.limiter._local.reservation = reservation
            used = int(tokens * share)
            self.limiter.settle(tokens, used)
            row.tokens = used

    def pause(self, milliseconds, _):
        self.clock.advance(milliseconds / 1000)

    def lose(self, *_):
        self.lost = True
        self.cache.flushall()

    def most(self, window_ms, of_tokens):
        taken = [Taken(row.at, row.at, row.tokens if of_tokens else 1) for row in self.taken]
        return most_within(taken, window_ms / 1000)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(limits_of_all_sizes, steps)
def test_no_order_of_reservations_settlements_and_losses_breaks_a_limit(cache, clock, limits, steps):
    cache.flushall()
    cache.hset(KEY, "born", BORN_LONG_AGO)
    traffic = Traffic(cache, clock, limits)
    for name, *arguments in steps:
        getattr(traffic, name)(*arguments)
    if limits.requests_per_day:
        assert traffic.most(DAY_MS, of_tokens=False) <= limits.requests_per_day
    if limits.tokens_per_day:
        assert traffic.most(DAY_MS, of_tokens=True) <= limits.tokens_per_day
    if not traffic.lost:
        assert traffic.most(MINUTE_MS, of_tokens=False) <= limits.requests_per_minute
        assert traffic.most(MINUTE_MS, of_tokens=True) <= limits.tokens_per_minute
