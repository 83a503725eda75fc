"""Daily spending of chats, bots and the fleet, with names and own budgets, for pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, and_, cast, func, or_, select, text
from sqlalchemy.orm import Session

from app.domain.money import MICROS
from app.models import Bot, Chat, Spending
from app.repositories.money.spending import FLEET, Scope


@dataclass(frozen=True, slots=True)
class Payer:
    """A chat's or bot's spending (micros) and its own budget (US dollars; None is the setting's default)."""

    scope_id: int
    name: str
    spent: int
    own_budget: Decimal | None


@dataclass(frozen=True, slots=True)
class DaySpent:
    """The fleet's spending on one UTC day, in micros."""

    day: dt.date
    micros: int


DAYS = text("""
    select cast(g.day as date) as day, coalesce(s.micros, 0) as micros
    from generate_series(cast(:first as timestamp), cast(:last as timestamp), interval '1 day') as g(day)
    left join spending s on s.day = cast(g.day as date) and s.scope = 'fleet' and s.scope_id = 0
    order by g.day
""")


def list_payers(session: Session, scope: Scope, day: dt.date, default_budget: int) -> Sequence[Payer]:
    """Lists the chats or bots that spent anything on `day` or have an own budget, the highest share spent first.

    `default_budget` (micros, 0 is no limit) applies to those without one of their own.
    """
    spent, budget = _spent(), _budget(scope, default_budget)
    statement = _payers(scope, day).where(or_(spent > 0, _table(scope).daily_budget_usd > 0))
    share = spent / func.nullif(budget, 0)
    return _read(session, statement.order_by(share.desc().nulls_last(), spent.desc(), _table(scope).id))


def list_savers(
    session: Session, scope: Scope, day: dt.date, default_budget: int, least_share: float
) -> Sequence[Payer]:
    """Lists the chats or bots that spent at least `least_share` of their budget on `day`."""
    spent, budget = _spent(), _budget(scope, default_budget)
    return _read(session, _payers(scope, day).where(budget > 0, spent >= least_share * budget))


def find_spent(session: Session, scope: Scope, scope_id: int, day: dt.date) -> int:
    """Returns the spending of one chat, bot or fleet on `day`, in micros."""
    return session.scalar(select(Spending.micros).where(*_line(day, scope), Spending.scope_id == scope_id)) or 0


def read_fleet(session: Session, day: dt.date) -> int:
    """Returns the fleet's spending on `day`, in micros."""
    return find_spent(session, *FLEET, day)


def read_days(session: Session, last: dt.date, days: int) -> Sequence[DaySpent]:
    """The fleet's spending on each of the last `days` days up to `last`, oldest first."""
    rows = session.execute(DAYS, {"first": last - dt.timedelta(days=days - 1), "last": last})
    return [DaySpent(row.day, row.micros) for row in rows]


def _table(scope: Scope) -> Any:
    return Chat if scope == "chat" else Bot


def _spent() -> ColumnElement[int]:
    return func.coalesce(Spending.micros, 0)


def _budget(scope: Scope, default_budget: int) -> ColumnElement[Decimal]:
    return func.coalesce(_table(scope).daily_budget_usd * MICROS, cast(default_budget, Numeric))


def _line(day: dt.date, scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return Spending.day == cast(day, Date), Spending.scope == scope


def _payers(scope: Scope, day: dt.date) -> Any:
    table = _table(scope)
    name = Chat.title if scope == "chat" else Bot.display_name
    return select(table.id, name, _spent(), table.daily_budget_usd).outerjoin(
        Spending, and_(*_line(day, scope), Spending.scope_id == table.id)
    )


def _read(session: Session, statement: Any) -> Sequence[Payer]:
    return [Payer(*row) for row in session.execute(statement)]
