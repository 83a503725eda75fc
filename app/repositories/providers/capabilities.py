"""What models were seen to take, by base URL and model: learned by one worker, known to all for a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.ports import Learned
from app.domain.providers.capabilities import Capabilities, merge, read_capabilities
from app.models import LLMCapability

KEPT = dt.timedelta(days=1)
"""Then the best is tried again: a server may have been updated."""

CLAIM_TRIAL = text("""
    update llm_capabilities set learned_at = :now
    where server = :server and model = :model and learned_at <= :before returning model
""")
"""Whose update changes the row tries the best again; the others go on with what is known."""


@dataclass(frozen=True, slots=True)
class CapabilityRecord:
    """What is known of a model, for operators."""

    server: str
    model: str
    capabilities: Capabilities
    reason: str
    learned_at: dt.datetime


def read(session: Session, server: str, model: str, now: dt.datetime) -> Learned | None:
    """Returns what is known of a model; `is_old` for one reader a day. None when nothing is known."""
    row = session.get(LLMCapability, (server, model))
    if row is None:
        return None
    known = Learned(read_capabilities(row.facts), row.reason)
    if row.learned_at > now - KEPT:
        return known
    params = {"server": server, "model": model, "now": now, "before": now - KEPT}
    chosen = session.execute(CLAIM_TRIAL, params).first() is not None
    return Learned(known.capabilities, known.reason, is_old=chosen)


def learn(
    session: Session, server: str, model: str, facts: Capabilities, reason: str, anew: bool, now: dt.datetime
) -> None:
    """Adds facts to what is known of a model, or with `anew` replaces it; the day begins with the first of them."""
    found = session.get(LLMCapability, (server, model), with_for_update=True)
    if found is not None and not anew:
        found.facts = merge(read_capabilities(found.facts), facts).to_json()
        found.reason = reason or found.reason
        return
    values = {"facts": facts.to_json(), "reason": reason, "learned_at": now}
    write = insert(LLMCapability).values(server=server, model=model, **values)
    session.execute(write.on_conflict_do_update(index_elements=["server", "model"], set_=values))


def list_all(session: Session) -> Sequence[CapabilityRecord]:
    """Returns what is known of all models, by server and name."""
    rows = session.scalars(select(LLMCapability).order_by(LLMCapability.server, LLMCapability.model))
    return [
        CapabilityRecord(row.server, row.model, read_capabilities(row.facts), row.reason, row.learned_at)
        for row in rows
    ]
