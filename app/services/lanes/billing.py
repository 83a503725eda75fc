"""Costs of a request: reserved before the call, settled after it, in the transaction of its ledger row.

The plans of a request pay equal parts: each the accounts of its chat and its bot, all together the fleet's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.money import DailyBudget
from app.repositories.money import spending
from app.repositories.money.spending import FLEET, CostOwner
from app.services.lanes.family import Plan

BUDGET_SPENT = "budget_spent"


@dataclass(frozen=True, slots=True)
class Bill:
    """What was reserved on `day`, in micros: `total` by the fleet, `each` by the other accounts of every plan."""

    day: dt.date
    total: int
    each: int
    payers: tuple[tuple[CostOwner, ...], ...]


def reserve(session: Session, plans: Iterable[Plan], day: dt.date, each: int) -> tuple[Bill, list[int]]:
    """Reserves `each` micros per plan with enough budget in all its accounts; returns the bill and the refused ids."""
    waiting = list(plans)
    spent = spending.add(session, day, _amounts(waiting, each))
    refused: list[Plan] = []
    for plan in reversed(waiting):
        if any(
            not DailyBudget(spent[account], daily_budget.limit).holds(0)
            for account, daily_budget in plan.daily_budgets.items()
        ):
            refused.append(plan)
            for account in plan.daily_budgets:
                spent[account] -= each
    spending.add(session, day, {account: -amount for account, amount in _amounts(refused, each).items()})
    refused_ids = [plan.id for plan in refused]
    paying = [plan for plan in waiting if plan.id not in refused_ids]
    payers = tuple(tuple(account for account in plan.daily_budgets if account != FLEET) for plan in paying)
    return Bill(day, each * len(paying), each, payers), refused_ids


def settle(session: Session, bill: Bill, cost: int) -> None:
    """Corrects a reservation to the real cost in micros; 0 refunds all of it."""
    amounts: dict[CostOwner, int] = {FLEET: cost - bill.total}
    each = -(-cost // max(1, len(bill.payers)))
    for accounts in bill.payers:
        for account in accounts:
            amounts[account] = amounts.get(account, 0) + each - bill.each
    spending.add(session, bill.day, {account: amount for account, amount in amounts.items() if amount})


def _amounts(plans: Iterable[Plan], each: int) -> dict[CostOwner, int]:
    amounts: dict[CostOwner, int] = {}
    for plan in plans:
        for account in plan.daily_budgets:
            amounts[account] = amounts.get(account, 0) + each
    return amounts
