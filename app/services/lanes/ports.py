"""Ports that a lane uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.db import SessionFactory
from app.domain.lanes.lane import Lane
from app.domain.money import Price
from app.domain.ports import (
    AnswerCache,
    CircuitBreaker,
    Clock,
    EventStream,
    LLMClient,
    Memory,
    Pace,
    ProviderLimiter,
    TaskQueue,
    TokenEstimator,
)
from app.services.fleet.profiles import Cache
from app.services.lanes.family import AnyFamily, PromptSources
from app.services.lanes.memories import NoMemory
from app.services.lanes.threads import ChatThreads
from app.services.settings.values import SettingsReader

CHAT = "chat"
"""The family whose plans are utterances."""

INTERACTIVE = Lane(CHAT, "interactive").name
AMBIENT = Lane(CHAT, "ambient").name


@dataclass(frozen=True, slots=True)
class Provider:
    """One link of a chain: a model at a provider, with its breaker, limiter and estimator.

    `name` identifies it in metrics, logs and Redis; `request_tokens` is the most that one request may reserve. A server
    that is `near`, the operator's own, may be slow: batches and deadlines follow the time that it was seen to take.
    """

    name: str
    client: LLMClient
    limiter: ProviderLimiter
    breaker: CircuitBreaker
    usage: TokenEstimator
    pace: Pace
    request_tokens: int
    price: Price
    near: bool = False


@dataclass(frozen=True, slots=True)
class GenerationPorts:
    """The ports of a lane; `chains` tells who answers it, in the order in which they are tried.

    `timeout_s` and `batch_size` bound one request; with `stream`, answers are released while the rest is written.
    """

    sessions: SessionFactory
    settings: SettingsReader
    cache: Cache
    answers: AnswerCache
    families: Mapping[str, AnyFamily]
    chains: Callable[[Lane], Sequence[Provider]]
    queue: TaskQueue
    events: EventStream
    clock: Clock
    batch_size: int
    timeout_s: float
    stream: bool = False
    memory: Memory = field(default_factory=NoMemory)
    threads: ChatThreads = field(default_factory=ChatThreads)

    def chain_of(self, lane: Lane) -> Sequence[Provider]:
        """The providers that answer a lane."""
        return self.chains(lane)

    @property
    def prompt_sources(self) -> PromptSources:
        """Sources of what prompts need beyond their plans."""
        return PromptSources(self.sessions, self.cache, self.memory, self.threads, self.clock.now())
