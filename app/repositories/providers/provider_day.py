"""The last day's usage from the ledger of requests, so that daily limits survive the loss of Redis."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ports import DaySlot

REACH = dt.timedelta(hours=25)
"""Over a day, because slots count until their end is a day old, and a request takes minutes."""

UNKNOWN_TOKENS = 1_000
"""Assumed tokens of a prompt while no tokens of its model have been counted yet."""

READ_DAY = text("""
    with known as (
        select prompts, tokens_in + tokens_out as tokens, outcome,
               floor(extract(epoch from created_at) / :slot_s) * :slot_s as start_s
        from llm_requests
        where created_at > :since and provider = :provider and model = :model
    ), dearest as (
        select coalesce(ceil(max(tokens::numeric / greatest(1, prompts))), :unknown) as tokens
        from known where tokens > 0
    )
    select k.start_s, count(*) as requests,
           sum(case when k.tokens = 0 and k.outcome in ('in_flight', 'abandoned', 'unavailable', 'malformed')
                    then k.prompts * d.tokens else k.tokens end) as tokens
    from known k cross join dearest d
    group by k.start_s order by k.start_s
""")


def read_day(session: Session, provider: str, model: str, now: dt.datetime, slot_s: float) -> list[DaySlot]:
    """Returns a model's requests and tokens that its provider may count in the last 24 hours, in slots of `slot_s`.

    Every row counts, because unsent requests are deleted. Where the provider may have counted tokens without reporting
    them, each prompt is assumed to have used the day's maximum per prompt.
    """
    params = {
        "provider": provider,
        "model": model,
        "since": now - REACH - dt.timedelta(seconds=slot_s),
        "slot_s": slot_s,
        "unknown": UNKNOWN_TOKENS,
    }
    rows = session.execute(READ_DAY, params)
    return [DaySlot(float(row.start_s), row.requests, int(row.tokens)) for row in rows]
