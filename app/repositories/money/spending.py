"""Daily spending of fleet, chats and bots. Reservations count as spent until they are settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

Scope = Literal["fleet", "chat", "bot"]
CostOwner = tuple[Scope, int]
"""A scope and the id within it, 0 for the fleet."""

FLEET: CostOwner = ("fleet", 0)

ADD = text("""
    insert into spending (day, scope, scope_id, micros)
    select :day, a.scope, a.scope_id, a.micros
    from unnest(cast(:scopes as text[]), cast(:ids as bigint[]), cast(:micros as bigint[]))
         as a(scope, scope_id, micros)
    order by a.scope, a.scope_id
    on conflict (day, scope, scope_id) do update set micros = greatest(0, spending.micros + excluded.micros)
    returning scope, scope_id, micros
""")


def add(session: Session, day: dt.date, amounts: Mapping[CostOwner, int]) -> dict[CostOwner, int]:
    """Adds `amounts` in micros (negative ones are refunds); returns the new total of each account.

    The rows are locked until commit, always in the same order.
    """
    if not amounts:
        return {}
    accounts = sorted(amounts)
    params = {
        "day": day,
        "scopes": [scope for scope, _ in accounts],
        "ids": [scope_id for _, scope_id in accounts],
        "micros": [amounts[account] for account in accounts],
    }
    return {(row.scope, row.scope_id): row.micros for row in session.execute(ADD, params)}


def read(session: Session, day: dt.date, accounts: Iterable[CostOwner]) -> dict[CostOwner, int]:
    """Returns the accounts' spending on `day`, in micros; accounts without any are left out."""
    wanted = sorted(set(accounts))
    rows = session.execute(
        text("""
            select s.scope, s.scope_id, s.micros from spending s
            join unnest(cast(:scopes as text[]), cast(:ids as bigint[])) as w(scope, scope_id)
              on w.scope = s.scope and w.scope_id = s.scope_id
            where s.day = :day
        """),
        {"day": day, "scopes": [scope for scope, _ in wanted], "ids": [scope_id for _, scope_id in wanted]},
    )
    return {(row.scope, row.scope_id): row.micros for row in rows}
