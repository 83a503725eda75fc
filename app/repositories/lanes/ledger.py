"""Queries of the ledger of provider requests, for operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import LLMRequest
from app.repositories.paging import Cursor, Page, read_page


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request. `cost_micros` is a reservation while it is in flight; `tokens_cached` are part of `tokens_in`."""

    id: int
    created_at: dt.datetime
    lane: str
    provider: str
    model: str
    wording: str
    prompts: int
    answered: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost_micros: int
    latency_ms: int
    outcome: str


@dataclass(frozen=True, slots=True)
class ModelTotal:
    """Totals of the requests to one model of a provider."""

    provider: str
    model: str
    requests: int
    failed: int
    prompts: int
    answered: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost_micros: int


TOTALS = text("""
    select provider, model, count(*) as requests,
           count(*) filter (where outcome <> 'in_flight' and answered = 0) as failed,
           sum(prompts) as prompts, sum(answered) as answered, sum(tokens_in) as tokens_in,
           sum(tokens_out) as tokens_out, sum(tokens_cached) as tokens_cached,
           cast(sum(cost_micros) as bigint) as cost_micros
    from llm_requests where created_at >= :since
    group by provider, model order by sum(cost_micros) desc, provider, model
""")


def list_requests(session: Session, cursor: Cursor) -> Page[RequestRecord]:
    """One page of the ledger, the newest request first."""
    columns = [getattr(LLMRequest, name) for name in RequestRecord.__dataclass_fields__]
    return read_page(
        session, select(*columns), LLMRequest.id, cursor, lambda row: RequestRecord(*row), newest_first=True
    )


def total_by_model(session: Session, since: dt.datetime) -> Sequence[ModelTotal]:
    """Totals the requests since an instant by provider and model, the most expensive first."""
    return [ModelTotal(*row) for row in session.execute(TOTALS, {"since": since})]


def count_bot_messages(session: Session, since: dt.datetime) -> int:
    """Counts the messages of our bots stored since an instant."""
    found = session.scalar(text("select count(bot_id) from messages where created_at >= :since"), {"since": since})
    return found or 0
