"""What the ledger tells of each provider: how fast it answers, how much of its limits is used, what failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.errors import LLMFault
from app.domain.providers.troubles import as_fault

RECENT = dt.timedelta(hours=1)
"""For times and failures: long enough for some requests, short enough to tell of now."""

FAILURES = 5


@dataclass(frozen=True, slots=True)
class ProviderFigures:
    """Of one model of a provider. `latency_s` is the median of the last hour's answers and `tokens_per_s` what they
    wrote in their time, None without answers; tokens are in and out. `micros_today` is of the UTC day.
    """

    requests: int = 0
    failed: int = 0
    latency_s: float | None = None
    tokens_per_s: float | None = None
    requests_minute: int = 0
    tokens_minute: int = 0
    requests_day: int = 0
    tokens_day: int = 0
    micros_today: int = 0


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A failed request of the last hour, with the provider's sentence, which may be empty."""

    created_at: dt.datetime
    lane: str
    fault: LLMFault
    sentence: str


FIGURES = text("""
    with seen as (
        select provider, model, created_at, answered, latency_ms, tokens_out, tokens_in + tokens_out as tokens,
               cost_micros, created_at > :recent as recent, created_at > :minute as minute,
               created_at > :day as day,
               answered = 0 and outcome <> 'in_flight' and (lane <> 'check' or fault is not null) as failed
        from llm_requests where created_at > least(:day, :midnight)
    )
    select provider, model,
           count(*) filter (where recent) as requests,
           count(*) filter (where recent and failed) as failed,
           cast(percentile_cont(0.5) within group (order by latency_ms)
                filter (where recent and answered > 0) as float) / 1000 as latency_s,
           cast(sum(tokens_out) filter (where recent and answered > 0) as float) * 1000
               / nullif(sum(latency_ms) filter (where recent and answered > 0), 0) as tokens_per_s,
           count(*) filter (where minute) as requests_minute,
           cast(coalesce(sum(tokens) filter (where minute), 0) as bigint) as tokens_minute,
           count(*) filter (where day) as requests_day,
           cast(coalesce(sum(tokens) filter (where day), 0) as bigint) as tokens_day,
           cast(coalesce(sum(cost_micros) filter (where created_at >= :midnight), 0) as bigint) as micros_today
    from seen group by provider, model
""")

FAILED = text("""
    select provider, model, created_at, lane, fault, coalesce(sentence, '') as sentence
    from (
        select *, row_number() over (partition by provider, model order by id desc) as place
        from llm_requests where created_at > :recent and fault is not null
    ) found where place <= :most order by id desc
""")


def read_figures(session: Session, now: dt.datetime) -> dict[tuple[str, str], ProviderFigures]:
    """Returns the figures by provider and model; those that nobody asked for a day are left out."""
    midnight = dt.datetime.combine(now.date(), dt.time(), dt.UTC)
    params = {
        "recent": now - RECENT,
        "minute": now - dt.timedelta(minutes=1),
        "day": now - dt.timedelta(days=1),
        "midnight": midnight,
    }
    rows = session.execute(FIGURES, params)
    return {(row.provider, row.model): ProviderFigures(*row[2:]) for row in rows}


def read_failures(session: Session, now: dt.datetime) -> dict[tuple[str, str], Sequence[FailedRequest]]:
    """Returns the last hour's latest failed requests by provider and model, the newest first."""
    found: dict[tuple[str, str], list[FailedRequest]] = {}
    for row in session.execute(FAILED, {"recent": now - RECENT, "most": FAILURES}):
        failed = FailedRequest(row.created_at, row.lane, as_fault(row.fault), row.sentence)
        found.setdefault((row.provider, row.model), []).append(failed)
    return dict(found)
