"""Batches of plans that share one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Generic

from app.domain.lanes.lane import Lane
from app.services.lanes.family import Answer, Answered, Family, ItemT, PlanT


@dataclass(frozen=True, slots=True)
class Batch(Generic[PlanT, ItemT]):
    """Claimed plans, their prompts in the same order, and the ledger row of their request.

    `in_flight` requests are under way at the provider with it.
    """

    lane: Lane
    family: Family[PlanT, ItemT]
    request_id: int
    plans: tuple[PlanT, ...]
    items: tuple[ItemT, ...] = ()
    in_flight: int = 1

    @property
    def ids(self) -> list[int]:
        """The plans' ids."""
        return [plan.id for plan in self.plans]

    @property
    def numbers(self) -> dict[str, int]:
        """The plans' ids by the numbers of their items in the request, "1" to the batch's size.

        A model sees no id of ours: it copies long numbers wrongly, and sees others of them in its chat.
        """
        return {str(place): plan.id for place, plan in enumerate(self.plans, start=1)}

    @property
    def pairs(self) -> list[tuple[PlanT, ItemT]]:
        """Each plan with its prompt."""
        return list(zip(self.plans, self.items, strict=True))

    @property
    def urgent(self) -> bool:
        """Whether a person waits for one of the answers."""
        return any(plan.urgency == "interactive" for plan in self.plans)

    @property
    def alone(self) -> bool:
        """Whether its one plan may not share a request any more."""
        return len(self.plans) == 1 and self.plans[0].attempts > 0

    def head(self, count: int) -> Batch[PlanT, ItemT]:
        """The batch with its first `count` plans."""
        return replace(self, plans=self.plans[:count], items=self.items[:count])

    def only(self, ids: Collection[int]) -> Batch[PlanT, ItemT]:
        """The batch with the plans in `ids`, in the same order."""
        kept = [(plan, item) for plan, item in self.pairs if plan.id in ids]
        return replace(self, plans=tuple(plan for plan, _ in kept), items=tuple(item for _, item in kept))

    def answered(self, answers: Mapping[int, Answer]) -> list[Answered[PlanT, ItemT]]:
        """The plans that have an answer in `answers`, by id, in the batch's order."""
        return [Answered(plan, item, answers[plan.id]) for plan, item in self.pairs if plan.id in answers]
