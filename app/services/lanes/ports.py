"""What a lane needs of the outside, and what its steps hand to each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.lanes.lane import Lane
from app.domain.lanes.leaks import PrivateContext
from app.domain.money import Budgets, DailyBudget, Price
from app.domain.ports import (
    AnswerCache,
    CircuitBreaker,
    Clock,
    EventStream,
    LLMClient,
    Memory,
    ProviderLimiter,
    TaskQueue,
    TokenEstimator,
)
from app.domain.settings_book import SettingsBook
from app.repositories.money.spending import CostOwner
from app.services.fleet.profiles import Cache
from app.services.lanes.memories import NoMemory
from app.services.lanes.threads import ChatThreads
from app.services.settings.values import SettingsReader

INTERACTIVE = Lane("chat", "interactive").name
AMBIENT = Lane("chat", "ambient").name


class Plan(Protocol):
    """A claimed row that wants a text: an utterance or a job. `daily_budgets` are the accounts that pay for it."""

    @property
    def id(self) -> int: ...
    @property
    def chat_id(self) -> int: ...
    @property
    def bot_id(self) -> int | None: ...
    @property
    def urgency(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def daily_budgets(self) -> Mapping[CostOwner, DailyBudget]: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A plan, its prompt's item, and the item of the answer."""

    plan: Any
    item: Any
    answer: Mapping[str, Any]


class Family(Protocol):
    """A kind of prompt: where its plans are stored, how they are asked, and what becomes of the answers.

    Methods with a session write within the caller's transaction.
    """

    @property
    def name(self) -> str:
        """The first part of its lanes' names."""
        ...

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON schema of an answer: an object with `items`, each with its `id`."""
        ...

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many plans of a lane wait to be claimed."""
        ...

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` plans that may ride together."""
        ...

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[Any]:
        """The claimed plans with all that their prompts need."""
        ...

    def prepare(self, ports: GenerationPorts, plans: Sequence[Any], settings: SettingsBook) -> tuple[Any, ...]:
        """One prompt item a plan, in the same order."""
        ...

    def build_messages(self, items: Sequence[Any]) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items`."""
        ...

    def answer_budget(self, items: Sequence[Any]) -> int:
        """The most tokens the answer to `items` may take."""
        ...

    def private_context(self, item: Any) -> PrivateContext:
        """What no other item's answer may repeat."""
        ...

    def cache_key(self, item: Any) -> str | None:
        """What makes two prompts the same, so that an answer may be used again; None when it never may."""
        ...

    def text_of(self, answer: Mapping[str, Any]) -> str | None:
        """The words of an item's answer as the leak check reads them; None when the answer cannot be used."""
        ...

    def finish(self, session: Session, answered: Sequence[Answered], now: dt.datetime, settings: SettingsBook) -> None:
        """Stores usable answers."""
        ...

    def release(self, session: Session, ids: Collection[int], now: dt.datetime) -> None:
        """Gives plans back to their lane, where they keep their place."""
        ...

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Returns plans without a usable answer to their lane, in smaller company next, or `alone`."""
        ...

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Ends a plan without an answer."""
        ...


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
    price: Price


@dataclass(frozen=True, slots=True)
class GenerationPorts:
    """What a lane needs; both chains are in the order of preference, and without an `economy` there is none cheaper.

    `timeout_s` and `batch_size` bound one request; with `stream` answers are released while the rest is written.
    `threads` outlive a task: what was linked once is not linked again.
    """

    sessions: SessionFactory
    settings: SettingsReader
    cache: Cache
    answers: AnswerCache
    families: Mapping[str, Family]
    chain: Sequence[Provider]
    economy: Sequence[Provider]
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
        return self.economy if lane.economy and self.economy else self.chain


@dataclass(frozen=True, slots=True)
class Batch:
    """Claimed plans, their prompts in the same order, and the ledger row of the request that is to carry them."""

    lane: Lane
    family: Family
    request_id: int
    plans: tuple[Any, ...]
    items: tuple[Any, ...] = ()

    @property
    def ids(self) -> list[int]:
        """The plans' ids."""
        return [plan.id for plan in self.plans]

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for one of the answers."""
        return any(plan.urgency == "interactive" for plan in self.plans)

    @property
    def alone(self) -> bool:
        """Whether its one plan may not ride with others any more."""
        return len(self.plans) == 1 and self.plans[0].attempts > 0

    def only(self, ids: Collection[int]) -> Batch:
        """The batch with the plans in `ids`, in the same order."""
        pairs = [(plan, item) for plan, item in zip(self.plans, self.items, strict=True) if plan.id in ids]
        plans, items = tuple(plan for plan, _ in pairs), tuple(item for _, item in pairs)
        return Batch(self.lane, self.family, self.request_id, plans, items)
