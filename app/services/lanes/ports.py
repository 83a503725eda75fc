"""What a lane needs of the outside, and what its steps hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import SessionFactory
from app.domain import prompting
from app.domain.ports import (
    CircuitBreaker,
    Clock,
    EventStream,
    LLMClient,
    ProviderLimiter,
    TaskQueue,
    TokenEstimator,
)
from app.repositories.utterances import PlannedUtterance
from app.services.profiles import Cache
from app.services.settings import SettingsReader

INTERACTIVE = "chat.interactive"
AMBIENT = "chat.ambient"


@dataclass(frozen=True, slots=True)
class Provider:
    """One link of a chain: a model at a provider, and what guards the way to it.

    `name` tells it apart in metrics, logs and Redis; `request_tokens` is the most that one request may reserve.
    """

    name: str
    client: LLMClient
    limiter: ProviderLimiter
    breaker: CircuitBreaker
    usage: TokenEstimator
    request_tokens: int


@dataclass(frozen=True, slots=True)
class GenerationPorts:
    """What a lane needs; `chain` is in the order of preference. `timeout_s` and `batch_size` bound one request."""

    sessions: SessionFactory
    settings: SettingsReader
    cache: Cache
    chain: Sequence[Provider]
    queue: TaskQueue
    events: EventStream
    clock: Clock
    batch_size: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Claimed plans, their prompts in the same order, and the ledger row of the request that is to carry them."""

    lane: str
    request_id: int
    plans: tuple[PlannedUtterance, ...]
    items: tuple[prompting.PromptItem, ...] = ()

    @property
    def ids(self) -> list[int]:
        """The plans' ids."""
        return [plan.id for plan in self.plans]

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for one of the answers."""
        return any(plan.urgency == "interactive" for plan in self.plans)
