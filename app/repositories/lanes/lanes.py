"""Locks and waits of LLM lanes, and writes to the ledger of requests."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LaneState:
    """A locked lane: when it may send again, and the requests in flight: its own, those of all lanes, and those of all
    lanes at the provider it asks first.

    Bulk lanes count each other's as their own, so that together they share one lane's limit. `latest_at` is when the
    latest of its own began.
    """

    not_before: dt.datetime | None
    in_flight: int
    in_flight_of_all: int
    in_flight_there: int
    latest_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A request's outcome, answered items, tokens as the provider counted them, cost (micros) and latency (seconds).

    A failed one has its fault and, where there is one, the provider's sentence.
    """

    outcome: str
    answered: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost_micros: int
    latency_s: float
    fault: str | None = None
    sentence: str | None = None


def lock(session: Session, lane: str, provider: str, model: str, now: dt.datetime) -> LaneState | None:
    """Locks the lane's row until commit; None when another worker has it. Its first provider is given."""
    session.execute(text("insert into lanes (name) values (:lane) on conflict do nothing"), {"lane": lane})
    row = session.execute(
        text("select not_before from lanes where name = :lane for update skip locked"), {"lane": lane}
    ).first()
    if row is None:
        return None
    flight = session.execute(
        text(
            "select count(*) filter (where lane = :lane or (split_part(lane, '.', 2) = 'bulk'"
            " and split_part(:lane, '.', 2) = 'bulk')) as own, count(*) as all_lanes,"
            " count(*) filter (where provider = :provider and model = :model) as there,"
            " max(created_at) filter (where lane = :lane) as latest_at"
            " from llm_requests where outcome = 'in_flight' and lease_until > :now"
        ),
        {"lane": lane, "provider": provider, "model": model, "now": now},
    ).one()
    return LaneState(row.not_before, flight.own, flight.all_lanes, flight.there, flight.latest_at)


def hold(session: Session, lane: str, not_before: dt.datetime | None) -> None:
    """Makes the lane wait until `not_before`; None ends the wait."""
    session.execute(
        text("update lanes set not_before = :not_before where name = :lane"), {"lane": lane, "not_before": not_before}
    )


def open_request(
    session: Session, lane: str, provider: str, model: str, wording: str, prompts: int, lease_until: dt.datetime
) -> int:
    """Inserts a request into the ledger before the call, with the version of its wording; returns its id."""
    request_id = session.scalar(
        text(
            "insert into llm_requests (lane, provider, model, wording, prompts, lease_until)"
            " values (:lane, :provider, :model, :wording, :prompts, :lease_until) returning id"
        ),
        {
            "lane": lane,
            "provider": provider,
            "model": model,
            "wording": wording,
            "prompts": prompts,
            "lease_until": lease_until,
        },
    )
    return int(request_id or 0)


def amend_request(
    session: Session, request_id: int, provider: str, model: str, prompts: int, tokens: int, cost: int
) -> None:
    """Updates a request's provider, model and prompts, and its reserved tokens and cost (micros), before the call."""
    session.execute(
        text("""
            update llm_requests set provider = :provider, model = :model, prompts = :prompts, tokens_in = :tokens,
                cost_micros = :cost
            where id = :id
        """),
        {
            "id": request_id,
            "provider": provider,
            "model": model,
            "prompts": prompts,
            "tokens": tokens,
            "cost": cost,
        },
    )


def drop_request(session: Session, request_id: int) -> None:
    """Deletes a request that was never made."""
    session.execute(text("delete from llm_requests where id = :id"), {"id": request_id})


def abandon_request(session: Session, request_id: int) -> None:
    """Closes a request whose worker cannot go on; its reservation stays spent, since the call may have been made."""
    session.execute(
        text("update llm_requests set outcome = 'abandoned' where id = :id and outcome = 'in_flight'"),
        {"id": request_id},
    )


def close_request(session: Session, request_id: int, settlement: Settlement) -> None:
    """Stores the outcome of a request."""
    session.execute(
        text("""
            update llm_requests set outcome = :outcome, answered = :answered, tokens_in = :tokens_in,
                tokens_out = :tokens_out, tokens_cached = :tokens_cached, cost_micros = :cost_micros,
                latency_ms = round(:latency_s * 1000), fault = :fault, sentence = :sentence
            where id = :id
        """),
        {"id": request_id, **asdict(settlement)},
    )


def waiting_lanes(session: Session, now: dt.datetime) -> list[str]:
    """Returns the lanes with a plan or job to claim whose wait (`not_before`) is over."""
    statement = text("""
        select w.lane from (
            select distinct lane from utterances where state = 'planned' and available_at <= :now
            union select distinct lane from llm_jobs where state = 'planned' and available_at <= :now
        ) w left join lanes l on l.name = w.lane
        where coalesce(l.not_before, :now) <= :now
    """)
    return list(session.scalars(statement, {"now": now}))
