"""The providers of one process, built from the list in force, and anew for what changes in it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

import redis

from app.adapters.llm.chat_completions import ChatCompletions, build_client
from app.adapters.llm.prices import PriceList
from app.adapters.llm.profile import FORMATS, Wishes
from app.adapters.redis.breaker import RedisCircuitBreaker
from app.adapters.redis.pace import FixedPace, RedisPace
from app.adapters.redis.provider_limiter import DAY_SLOT_MS, ProviderLimits, RedisProviderLimiter
from app.adapters.redis.usage import RedisTokenEstimator
from app.db import SessionFactory
from app.domain.addresses import is_near
from app.domain.lanes.lane import MOST_IN_FLIGHT, Lane
from app.domain.money import Price
from app.domain.ports import Clock, DaySlot, Pace
from app.domain.providers.entry import ProviderEntry, answering
from app.held import Held
from app.repositories.providers import provider_day
from app.services.lanes.ports import Provider
from app.services.providers.capabilities import StoredCapabilities
from app.services.providers.listing import ListedProvider, ProviderList

TRIAL_MARGIN_S = 5.0
REQUESTS_A_MINUTE = 2
"""A request may take half of a minute's tokens: a larger one would have to wait for an empty minute, and every later
request with it."""


class Chains:
    """Who answers each lane, in the order in which they are tried; `listed` is the list, read every few seconds.

    A provider that did not change keeps its client with its connections.
    """

    def __init__(
        self,
        listed: Held[ProviderList],
        prices: PriceList,
        cache: redis.Redis,
        sessions: SessionFactory,
        clock: Clock,
        timeout_s: float,
    ) -> None:
        self.listed = listed
        self._prices = prices
        self._cache = cache
        self._sessions = sessions
        self._clock = clock
        self._timeout_s = timeout_s
        self._capabilities = StoredCapabilities(sessions, clock)
        self._lock = threading.Lock()
        self._built: dict[ListedProvider, Provider] = {}

    def of(self, lane: Lane) -> Sequence[Provider]:
        """Returns the providers that answer a lane."""
        built = {one.entry: one for one in self.listed.read().providers}
        return [self.build(built[entry]) for entry in answering(built, lane, self.price_of)]

    def has_economy(self) -> bool:
        """Returns whether a model answers while a budget runs out."""
        return self.listed.read().has_economy

    def price_of(self, entry: ProviderEntry) -> Price:
        """Returns the operator's own price, else that of the price list."""
        return entry.price or self._prices.of(entry.sdk, entry.model, entry.own_server)

    def is_priced(self, entry: ProviderEntry) -> bool:
        """Returns whether the price list knows the model."""
        return self._prices.find(entry.sdk, entry.model) is not None

    def close(self) -> None:
        """Closes the connections of all clients."""
        for provider in self.built:
            provider.client.close()

    @property
    def built(self) -> Sequence[Provider]:
        """Returns the providers that were built so far."""
        with self._lock:
            return list(self._built.values())

    def build(self, listed: ListedProvider) -> Provider:
        """Returns the provider of an entry, the same one for an unchanged entry."""
        with self._lock:
            if listed not in self._built:
                current = set(self.listed.read().providers)
                self._built = {one: built for one, built in self._built.items() if one in current}
                self._built[listed] = self._build(listed)
            return self._built[listed]

    def client(self, listed: ListedProvider, wishes: Wishes | None = None, *, shared: bool = True) -> ChatCompletions:
        """Returns a new client; one that is not `shared` neither knows nor tells what other workers learned."""
        entry = listed.entry
        store = self._capabilities if shared else None
        return build_client(entry.sdk, entry.model, listed.key, entry.url, self._timeout_s, store, wishes, entry.name)

    def clients_of_forms(self, listed: ListedProvider) -> dict[str, ChatCompletions]:
        """Returns one client for each form of an answer, which knows no other one and learns nothing for others."""
        wishes = {form: Wishes(form, listed.entry.reasoning) for form in FORMATS if form != "auto"}
        return {form: self.client(listed, wish, shared=False) for form, wish in wishes.items()}

    def _build(self, listed: ListedProvider) -> Provider:
        entry, label = listed.entry, listed.entry.label
        client = self.client(listed, Wishes(entry.answer_format, entry.reasoning))
        near = not entry.max_in_flight and entry.url is not None and is_near(urlsplit(entry.url).hostname or "")
        limits = ProviderLimits(
            entry.requests_per_minute, entry.tokens_per_minute, entry.requests_per_day, entry.tokens_per_day
        )
        return Provider(
            name=label,
            client=client,
            limiter=RedisProviderLimiter(self._cache, label, limits, partial(self._read_day, entry)),
            breaker=RedisCircuitBreaker(self._cache, label, self._timeout_s + TRIAL_MARGIN_S),
            usage=RedisTokenEstimator(self._cache, label),
            pace=self._pace(entry, near),
            request_tokens=limits.tokens_per_minute // REQUESTS_A_MINUTE,
            price=self.price_of(entry),
            near=near,
        )

    def _pace(self, entry: ProviderEntry, near: bool) -> Pace:
        """Returns the places at a provider: a server of the operator's own begins with one."""
        if entry.max_in_flight:
            return FixedPace(entry.max_in_flight)
        return RedisPace(self._cache, entry.label, 1 if near else MOST_IN_FLIGHT, MOST_IN_FLIGHT, minds_latency=near)

    def _read_day(self, entry: ProviderEntry) -> list[DaySlot]:
        with self._sessions() as session:
            return provider_day.read_day(session, entry.name, entry.model, self._clock.now(), DAY_SLOT_MS / 1000)
