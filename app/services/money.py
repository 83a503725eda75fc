"""Costs of the fleet: today's daily budgets, past days, and the request ledger. Days are UTC days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import redis
from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.money import STEPS, DailyBudget, Saving, micros
from app.domain.ports import Clock
from app.domain.settings import FleetSettings
from app.repositories.lanes import ledger
from app.repositories.lanes.ledger import ModelTotal, RequestRecord
from app.repositories.money import payers as daily_budgets
from app.repositories.money.payers import DaySpent, Payer
from app.repositories.money.spending import FLEET, Scope
from app.repositories.paging import Cursor, Page
from app.services.overview.read_through import read_through

DAYS = 14
TODAY_KEY = "money:today"
TODAY_TTL_MS = 1000
SAVING_FROM = STEPS[0][0]


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A payer and its daily budget today; `own_budget` is false where the setting's default applies."""

    scope: Scope
    scope_id: int
    name: str
    daily_budget: DailyBudget
    own_budget: bool


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """Today's budgets: the fleet's, and those of chats and bots with spending or a budget of their own."""

    day: dt.date
    fleet: BudgetStatus
    chats: Sequence[BudgetStatus]
    bots: Sequence[BudgetStatus]


@dataclass(frozen=True, slots=True)
class Today:
    """The day's costs. `saving` counts the chats and the bots that save, by their step."""

    fleet: DailyBudget
    bot_messages: int
    saving: Mapping[Scope, Mapping[Saving, int]]

    @property
    def micros_per_thousand(self) -> int | None:
        """Micros per thousand bot messages today; None before the first."""
        return round(self.fleet.spent * 1000 / self.bot_messages) if self.bot_messages else None


def read_budgets(sessions: SessionFactory, settings: FleetSettings, clock: Clock) -> BudgetReport:
    """Returns today's daily budgets, most exhausted first."""
    day, budgets = today_of(clock), settings.budgets
    with sessions() as session:
        return BudgetReport(
            day=day,
            fleet=_fleet(session, settings, day),
            chats=_statuses("chat", daily_budgets.list_payers(session, "chat", day, budgets.chat), budgets.chat),
            bots=_statuses("bot", daily_budgets.list_payers(session, "bot", day, budgets.bot), budgets.bot),
        )


def read_budget(
    sessions: SessionFactory,
    settings: FleetSettings,
    clock: Clock,
    scope: Scope,
    scope_id: int,
    own_budget: Decimal | None,
) -> BudgetStatus:
    """Returns today's daily budget of one chat or bot: `own_budget` (US dollars) or the setting's default."""
    default = settings.budgets.chat if scope == "chat" else settings.budgets.bot
    with sessions() as session:
        spent = daily_budgets.find_spent(session, scope, scope_id, today_of(clock))
    [account] = _statuses(scope, [Payer(scope_id, "", spent, own_budget)], default)
    return account


def read_today(sessions: SessionFactory, cache: redis.Redis, settings: FleetSettings, clock: Clock) -> Today:
    """Returns the day's costs, at most a second old, read once for all viewers of all processes."""

    def load() -> dict[str, Any]:
        with sessions() as session:
            return _glance(session, settings, clock)

    held = read_through(cache, TODAY_KEY, TODAY_TTL_MS, load)
    saving: dict[Scope, dict[Saving, int]] = {"chat": {}, "bot": {}}
    for scope, steps in saving.items():
        steps.update({Saving(int(step)): count for step, count in held[scope].items()})
    return Today(DailyBudget(held["spent"], held["budget"]), held["bot_messages"], saving)


def read_days(sessions: SessionFactory, clock: Clock, days: int = DAYS) -> Sequence[DaySpent]:
    """Returns the fleet's spending on each of the last days, oldest first, today included."""
    with sessions() as session:
        return daily_budgets.read_days(session, today_of(clock), days)


def read_models(sessions: SessionFactory, clock: Clock) -> Sequence[ModelTotal]:
    """Returns today's requests by provider and model, most expensive first."""
    with sessions() as session:
        return ledger.total_by_model(session, _midnight(today_of(clock)))


def list_requests(sessions: SessionFactory, cursor: Cursor) -> Page[RequestRecord]:
    """One page of the ledger, the newest request first."""
    with sessions() as session:
        return ledger.list_requests(session, cursor)


def today_of(clock: Clock) -> dt.date:
    """Returns the current UTC day of the budgets."""
    return clock.now().astimezone(dt.UTC).date()


def _fleet(session: Session, settings: FleetSettings, day: dt.date) -> BudgetStatus:
    daily_budget = DailyBudget(daily_budgets.read_fleet(session, day), settings.budgets.fleet)
    return BudgetStatus(*FLEET, name="Fleet", daily_budget=daily_budget, own_budget=False)


def _statuses(scope: Scope, payers: Iterable[Payer], default_budget: int) -> list[BudgetStatus]:
    return [
        BudgetStatus(
            scope, payer.scope_id, payer.name, _daily_budget(payer, default_budget), payer.own_budget is not None
        )
        for payer in payers
    ]


def _daily_budget(payer: Payer, default_budget: int) -> DailyBudget:
    return DailyBudget(payer.spent, default_budget if payer.own_budget is None else micros(float(payer.own_budget)))


def _glance(session: Session, settings: FleetSettings, clock: Clock) -> dict[str, Any]:
    day, budgets = today_of(clock), settings.budgets
    scopes: tuple[tuple[Scope, int], ...] = (("chat", budgets.chat), ("bot", budgets.bot))
    counts: dict[str, Any] = {
        scope: _count_steps(daily_budgets.list_savers(session, scope, day, default, SAVING_FROM), default)
        for scope, default in scopes
    }
    fleet = _fleet(session, settings, day).daily_budget
    messages = ledger.count_bot_messages(session, _midnight(day))
    return {"spent": fleet.spent, "budget": fleet.limit, "bot_messages": messages, **counts}


def _count_steps(payers: Iterable[Payer], default_budget: int) -> dict[int, int]:
    steps = [_daily_budget(payer, default_budget).saving for payer in payers]
    return {step.value: steps.count(step) for step in Saving if step and step in steps}


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
