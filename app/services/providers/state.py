"""The state of each listed provider, for operators: what it does, what it was seen to take, what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.db import SessionFactory
from app.domain.money import Price
from app.domain.ports import Clock
from app.domain.providers.entry import ProviderEntry
from app.domain.providers.troubles import ProviderTrouble
from app.repositories.providers import capabilities, entries, figures, troubles
from app.repositories.providers.capabilities import CapabilityRecord
from app.repositories.providers.figures import FailedRequest, ProviderFigures
from app.services.lanes.ports import Provider
from app.services.providers.listing import ListedProvider, ProviderList

SHORT_S = 1.0
"""Seconds of waiting, beyond the usual space between two requests, that are worth a word."""


@dataclass(frozen=True, slots=True)
class ProviderState:
    """One listed provider. `rests_s` is how long requests wait for its limits, `turned_away` that its breaker is open.

    `known` is what the model was seen to take; `places` how many requests may be in flight. No key is part of it.
    """

    entry: ProviderEntry
    has_key: bool
    locked: bool
    price: Price
    figures: ProviderFigures
    failures: Sequence[FailedRequest]
    trouble: ProviderTrouble | None
    known: CapabilityRecord | None
    rests_s: float
    turned_away: bool
    places: int
    updated_by: str | None = None
    updated_at: dt.datetime | None = None

    @property
    def word(self) -> str:
        """Returns its state in a word: off, failing, away, resting, ready, or new when nobody asked it for a day."""
        if not self.entry.enabled:
            return "off"
        if self.trouble is not None or self.locked:
            return "failing"
        if self.turned_away:
            return "away"
        if self.rests_s > SHORT_S + 60 / self.entry.requests_per_minute:
            return "resting"
        return "ready" if self.figures.requests_day else "new"


def list_states(
    sessions: SessionFactory, clock: Clock, listed: ProviderList, build: Callable[[ListedProvider], Provider]
) -> list[ProviderState]:
    """Returns the state of all listed providers, in their order."""
    now = clock.now()
    with sessions() as session:
        numbers, failures = figures.read_figures(session, now), figures.read_failures(session, now)
        wrong = {(one.provider, one.model): one for one in troubles.read_troubles(session, now) if one.is_certain}
        learned = {(one.server, one.model): one for one in capabilities.list_all(session)}
        stored = {one.entry.id: one for one in entries.read_all(session)}
    states = []
    for one in listed.providers:
        provider, key = build(one), (one.entry.name, one.entry.model)
        changed = stored.get(one.entry.id)
        states.append(
            ProviderState(
                entry=one.entry,
                has_key=one.key is not None or one.locked,
                locked=one.locked,
                price=provider.price,
                figures=numbers.get(key, ProviderFigures()),
                failures=failures.get(key, ()),
                trouble=wrong.get(key),
                known=learned.get((provider.client.server, one.entry.model)),
                rests_s=provider.limiter.peek(),
                turned_away=provider.breaker.is_open(),
                places=provider.pace.places(),
                updated_by=changed.updated_by if changed else None,
                updated_at=changed.updated_at if changed else None,
            )
        )
    return states
