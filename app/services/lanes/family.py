"""The parts of a prompt family: the store of its plans, its prompts, the decisions on its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.lanes.leaks import PrivateContext
from app.domain.money import Budgets, DailyBudget
from app.domain.ports import Memory
from app.domain.prompting.token_rates import TokenRates
from app.domain.settings.book import SettingsBook
from app.repositories.money.spending import CostOwner
from app.services.fleet.profiles import Cache
from app.services.lanes.threads import ChatThreads

Answer = Mapping[str, object]
"""One item of a model's answer: a JSON object of which only the id has been checked."""

Write = Callable[[Session], None]
"""Stores decisions within the caller's transaction; rows that were changed meanwhile are left as they are."""


class Plan(Protocol):
    """A claimed row that needs a text: an utterance or a job. `daily_budgets` are the accounts that pay for it."""

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


PlanT = TypeVar("PlanT", bound=Plan)
ItemT = TypeVar("ItemT")
PlanT_co = TypeVar("PlanT_co", bound=Plan, covariant=True)
PlanT_contra = TypeVar("PlanT_contra", bound=Plan, contravariant=True)


@dataclass(frozen=True, slots=True)
class Answered(Generic[PlanT, ItemT]):
    """A plan, its prompt's item, and the item of the answer."""

    plan: PlanT
    item: ItemT
    answer: Answer


@dataclass(frozen=True, slots=True)
class PromptSources:
    """Sources of what prompts need beyond their plans. `threads` outlive a task: links are computed once.

    `now` is the time that prompts tell, in each persona's zone.
    """

    sessions: SessionFactory
    cache: Cache
    memory: Memory
    threads: ChatThreads
    now: dt.datetime


class PlanStore(Protocol[PlanT_co]):
    """The store of a family's plans. All methods work within the caller's transaction."""

    def count_waiting(self, session: Session, lane: str, now: dt.datetime) -> int:
        """How many plans of a lane wait to be claimed."""
        ...

    def claim(
        self, session: Session, lanes: Sequence[str], now: dt.datetime, lease_until: dt.datetime, limit: int
    ) -> list[int]:
        """Leases up to `limit` plans that may share a request."""
        ...

    def gather(self, session: Session, ids: Collection[int], day: dt.date, budgets: Budgets) -> Sequence[PlanT_co]:
        """The claimed plans with all that their prompts need."""
        ...

    def release(self, session: Session, ids: Collection[int], behind: dt.datetime | None = None) -> None:
        """Returns plans to their lane: to their old place, or `behind` all that were available by then."""
        ...

    def count_attempt(self, session: Session, ids: Collection[int], now: dt.datetime, alone: bool) -> None:
        """Counts an attempt and returns plans without a usable answer to their lane, for smaller batches or `alone`."""
        ...

    def discard(self, session: Session, plan_id: int, reason: str, now: dt.datetime) -> None:
        """Discards a plan with a reason."""
        ...


class Prompts(Protocol[PlanT_contra, ItemT]):
    """Builds prompts. No session is open meanwhile."""

    @property
    def wording(self) -> str:
        """The version of the wording of its prompts, for the ledger."""
        ...

    @property
    def schema(self) -> Callable[[int], Mapping[str, Any]]:
        """The JSON schema of an answer to so many items: an object with `items`, each with its place as its `id`."""
        ...

    def prepare(
        self, sources: PromptSources, plans: Sequence[PlanT_contra], settings: SettingsBook
    ) -> tuple[ItemT, ...]:
        """One prompt item a plan, in the same order."""
        ...

    def build_messages(self, items: Sequence[ItemT], rates: TokenRates) -> list[dict[str, str]]:
        """The chat-completion messages of one request for `items` to the provider whose token rates are given."""
        ...

    def answer_budget(self, items: Sequence[ItemT]) -> int:
        """The most tokens the answer to `items` may take."""
        ...

    def private_context(self, item: ItemT) -> PrivateContext:
        """What no other item's answer may repeat."""
        ...

    def cache_key(self, item: ItemT) -> str | None:
        """Returns the key under which an answer may be reused; None when it never may."""
        ...


class Answers(Protocol[PlanT, ItemT]):
    """Decides on answers."""

    def text_of(self, answer: Answer) -> str | None:
        """Returns the answer's words for the leak check; None when the answer cannot be used."""
        ...

    def judge(
        self,
        sessions: SessionFactory,
        answered: Sequence[Answered[PlanT, ItemT]],
        now: dt.datetime,
        settings: SettingsBook,
    ) -> Write:
        """Decides on usable answers: what they are checked against is read first, in a session closed by then."""
        ...


@dataclass(frozen=True, slots=True)
class Family(Generic[PlanT, ItemT]):
    """A kind of prompt; `name` is the first part of its lanes' names."""

    name: str
    store: PlanStore[PlanT]
    prompts: Prompts[PlanT, ItemT]
    answers: Answers[PlanT, ItemT]


AnyFamily = Family[Any, Any]
"""A family looked up by its name, whose type is unknown before the lane is."""
