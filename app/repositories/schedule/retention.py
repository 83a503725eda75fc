"""Retention: which rows of which table are deleted, and after how many days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.domain.settings import FleetSettings
from app.models.message import ODD

INBOX_DAYS = 3
HEADLINE_DAYS = 7
FAILURE_DAYS = 1
"""For failures of items that are not parked."""
SPENDING_DAYS = 400
"""A year of spending and its comparison with the year before."""

LOCK = 4_006_011
"""Advisory lock held while a batch is deleted."""

Days = Callable[[FleetSettings], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` to delete when `clock`, an indexed column, is `days` old and `condition` (SQL) holds.

    `key` orders rows of one instant. `unit` is the type of `clock`.
    """

    table: str
    clock: str
    key: str
    days: Days
    condition: str = "true"
    unit: str = "timestamptz"

    @property
    def statement(self) -> TextClause:
        """Scans the next `rows` rows by their clock and deletes those that meet the condition."""
        return text(f"""
            with seen as materialized (
                select ctid as place, {self.clock} as at, {self.key} as number, ({self.condition}) as goes
                from {self.table}
                where {self.clock} < cast(:before as {self.unit})
                  and ({self.clock}, {self.key}) >= (cast(:at as {self.unit}), :number)
                order by {self.clock}, {self.key} limit :rows
            ), gone as (
                delete from {self.table} where ctid = any(array(select place from seen where goes)) returning 1
            )
            select (select count(*) from gone) as deleted, (select count(*) from seen) as looked_at,
                   cast(last.at as text) as at, last.number
            from (select 1) one left join (select at, number from seen order by at desc, number desc limit 1) last
              on true
        """)  # noqa: S608


def _history(settings: FleetSettings) -> int:
    return settings.history_days


RULES: tuple[Rule, ...] = (
    Rule("tick_traces", "decided_at", "utterance_id", lambda settings: settings.traces_days),
    Rule("inbox_updates", "done_at", "id", lambda _: INBOX_DAYS, f"({ODD}) is not true"),
    Rule("inbox_updates", "done_at", "id", _history),
    Rule("forget_requests", "done_at", "id", lambda _: INBOX_DAYS),
    Rule("llm_requests", "created_at", "id", _history),
    Rule("utterances", "finished_at", "id", _history, "state <> 'unknown'"),
    Rule("llm_jobs", "planned_at", "id", _history, "finished_at < cast(:before as timestamptz)"),
    Rule("spending", "day", "scope_id", lambda _: SPENDING_DAYS, unit="date"),
    Rule("messages", "created_at", "id", _history),
    Rule("headlines", "published_at", "id", lambda _: HEADLINE_DAYS),
    Rule("work_failures", "last_at", "id", lambda _: FAILURE_DAYS, "parked_at is null"),
    Rule("work_failures", "last_at", "id", _history),
)
"""Run in this order: where both are due, referring rows are deleted before the row they refer to. Unrecognised updates
are kept as long as the history; `unknown` utterances stay, for an operator to decide."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """Progress of a rule; `busy` when another transaction holds the lock."""

    rows: int = 0
    at: str = "-infinity"
    number: int = 0
    finished: bool = False
    busy: bool = False


def prune_batch(session: Session, rule: Rule, now: dt.datetime, days: int, rows: int, so_far: Pruned) -> Pruned:
    """Deletes what is due among the next `rows` rows of a rule, unless another transaction holds the lock."""
    if not session.scalar(text("select pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
        return Pruned(so_far.rows, so_far.at, so_far.number, finished=True, busy=True)
    before = now - dt.timedelta(days=days)
    params = {"before": before, "at": so_far.at, "number": so_far.number, "rows": rows}
    if rule.unit == "date":
        params["before"] = before.date()
    found = session.execute(rule.statement, params).one()
    total = so_far.rows + found.deleted
    if found.looked_at < rows:
        return Pruned(total, so_far.at, so_far.number, finished=True)
    return Pruned(total, found.at, found.number)
