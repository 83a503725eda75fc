"""Rows of failed requests in the ledger that no answer has broken yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.providers.troubles import ProviderTrouble, as_fault

REACH = dt.timedelta(hours=1)
"""A provider that nobody has asked for an hour is in no known trouble."""

BLAMES_PROMPTS = ("context", "content", "rejected")
"""Faults that may be the prompts': they neither make nor break a row of failures."""

READ = text("""
    with latest as (
        select provider, model, created_at, id, fault, sentence,
               max(id) filter (where answered > 0) over (partition by provider, model) as answered_id
        from llm_requests
        where created_at > :since and outcome <> 'in_flight' and (fault is null or fault <> all(:prompts))
          and (cast(:provider as text) is null or (provider = :provider and model = :model))
    )
    select provider, model, min(created_at) as since, count(*) as requests,
           (array_agg(fault order by id desc))[1] as fault,
           coalesce((array_agg(sentence order by id desc) filter (where sentence <> ''))[1], '') as sentence
    from latest where fault is not null and id > coalesce(answered_id, 0)
    group by provider, model order by provider, model
""")


def read_troubles(session: Session, now: dt.datetime) -> Sequence[ProviderTrouble]:
    """The providers whose latest requests failed, whatever the number of failures."""
    return _read(session, now, None, None)


def read_trouble(session: Session, now: dt.datetime, provider: str, model: str) -> ProviderTrouble | None:
    """The failures of one model since its last answer; None when there are none."""
    return next(iter(_read(session, now, provider, model)), None)


def _read(session: Session, now: dt.datetime, provider: str | None, model: str | None) -> list[ProviderTrouble]:
    params = {"since": now - REACH, "prompts": list(BLAMES_PROMPTS), "provider": provider, "model": model}
    return [
        ProviderTrouble(row.provider, row.model, as_fault(row.fault), row.sentence, row.since, row.requests)
        for row in session.execute(READ, params)
    ]
