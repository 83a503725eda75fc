"""Claims of the plans for the next request of a lane."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from app.domain.lanes.lane import MOST_IN_FLIGHT, Lane
from app.domain.prompting.token_rates import LONGEST_S, TokenRates
from app.outages import is_outage
from app.repositories.lanes import lanes
from app.repositories.lanes.lanes import LaneState
from app.services.lanes.batch import Batch
from app.services.lanes.family import Family, ItemT, PlanT
from app.services.lanes.ports import CHAT, INTERACTIVE, GenerationPorts, Provider
from app.services.lanes.setting_aside import gather_sound, prepare_sound

INTERACTIVE_BATCH = 4
"""Limit while the rate limit has room; streamed answers do not wait for each other, so their batch may be larger."""

MAX_IN_FLIGHT = MOST_IN_FLIGHT
"""For all lanes together. At 30 requests a minute, 12 s each keep 6 in flight, 24 s each 12; the I/O worker has 16
threads, so that deliveries and ticks find a free one even when a provider hangs."""

IN_FLIGHT = {"interactive": MAX_IN_FLIGHT, "ambient": 10, "bulk": 2}
"""For one lane by its urgency: the rest is reserved for prompts that somebody waits for. Where a provider has fewer
places, its last one is theirs, too."""

IN_TIME = 0.5
"""Share of a request's time in which a server of the operator's own should have answered a batch."""

FIRST_BATCH = 1
"""Prompts of a request to a server of the operator's own, before its speed is known."""

GATHER_S = 5.0
"""Seconds that prompts gather behind a request: most answers arrive sooner, and one that hangs is not waited for."""

LEASE_MARGIN_S = 15.0

log = structlog.get_logger()


def claim(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane) -> Batch[PlanT, ItemT] | None:
    """Leases the plans of the lane's next request; None when nothing waits or the lane may not send.

    A lane held by the rate limit also takes plans of the other urgency, people's answers first; one with room sends
    only its own. Within GATHER_S of the last request only a full batch may start, except on interactive lanes. An
    interactive lane sends only if a person waits: held for ambient prompts, it would delay the next answer. The lease
    lasts for one call to every provider of the chain. Should gathering raise an error, all is done once more with a
    savepoint for each part of the batch, and the plans that raise it are left out.
    """
    try:
        return _claim(ports, family, lane, careful=False)
    except Exception as error:
        if is_outage(error):
            raise
        return _claim(ports, family, lane, careful=True)


def _claim(
    ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane, careful: bool
) -> Batch[PlanT, ItemT] | None:
    now = ports.clock.now()
    first = ports.chain_of(lane)[0]
    who, rates = (first.client.provider, first.client.model), first.usage.read()
    fitting = rates.items_within(first.request_tokens) or ports.batch_size
    places, budgets = first.pace.places(), ports.settings.read().budgets
    with ports.sessions.begin() as session:
        state = lanes.lock(session, lane.name, *who, now)
        if state is None or _is_held(state, now) or not _has_place(ports, session, state, lane, places, now):
            return None
        gathered = state.not_before is not None
        limit = _limit(ports, lane, gathered, first, rates)
        lease_until = now + dt.timedelta(seconds=longest_s(ports, lane, limit) + LEASE_MARGIN_S)
        fewest = min(limit, fitting) if _gathers(state, lane, now) else 1
        if family.store.count_waiting(session, lane.name, now) < fewest:
            return None
        ids = family.store.claim(session, lane.sources if gathered else [lane.name], now, lease_until, limit)
        plans = gather_sound(session, family, ids, now, budgets, careful) if ids else ()
        if ids and not plans:
            return Batch(lane, family, 0, ())
        if not any(lane.urgency in {plan.urgency, "ambient", "bulk"} for plan in plans):
            session.rollback()
            return None
        request_id = lanes.open_request(session, lane.name, *who, family.prompts.wording, len(plans), lease_until)
    batch = Batch(lane, family, request_id, plans, in_flight=state.in_flight_there + 1)
    log_generating(batch)
    return batch


def log_generating(batch: Batch[PlanT, ItemT]) -> None:
    """Logs one line per plan of a request, so that a search for a plan finds the request."""
    for plan in batch.plans:
        keys = {"chat": plan.chat_id, "lane": batch.lane.name, "request": batch.request_id}
        if batch.family.name == CHAT:
            log.info("generating", utterance=plan.id, bot=plan.bot_id, **keys)
        else:
            log.info("generating", job=plan.id, **keys)


def postpone(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane, wait_s: float) -> bool:
    """Holds a lane with waiting plans for `wait_s` seconds; False when nothing waits, or it is held already."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        first = ports.chain_of(lane)[0].client
        state = lanes.lock(session, lane.name, first.provider, first.model, now)
        if state is None or _is_held(state, now) or not family.store.count_waiting(session, lane.name, now):
            return False
        lanes.hold(session, lane.name, now + dt.timedelta(seconds=wait_s))
    return True


def prepare(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> Batch[PlanT, ItemT]:
    """Returns the batch with prompts, without the plans whose prompts raise an error."""
    plans, items = prepare_sound(ports, batch)
    if batch.plans and not plans:
        with ports.sessions.begin() as session:
            lanes.drop_request(session, batch.request_id)
    return replace(batch, plans=plans, items=items)


def _is_held(state: LaneState, now: dt.datetime) -> bool:
    return state.not_before is not None and state.not_before > now


def _limit(ports: GenerationPorts, lane: Lane, gathered: bool, first: Provider, rates: TokenRates) -> int:
    most = ports.batch_size
    if first.near:
        most = min(most, rates.items_in_time(ports.timeout_s * IN_TIME) or FIRST_BATCH)
    if lane.urgency == "interactive" and not gathered and not ports.stream:
        return min(INTERACTIVE_BATCH, most)
    return most


def longest_s(ports: GenerationPorts, lane: Lane, items: int) -> float:
    """Returns the seconds that a call to every provider of the chain may take."""
    return sum(_longest_at(provider, ports, items) for provider in ports.chain_of(lane))


def _longest_at(provider: Provider, ports: GenerationPorts, items: int) -> float:
    """Returns the seconds that a call may take: a streamed answer of a server nearby goes on as long as it grows."""
    if not provider.near:
        return ports.timeout_s
    return LONGEST_S if ports.stream else provider.usage.read().deadline(items, ports.timeout_s)


def _gathers(state: LaneState, lane: Lane, now: dt.datetime) -> bool:
    if lane.urgency == "interactive" or state.latest_at is None:
        return False
    return (now - state.latest_at).total_seconds() < GATHER_S


def _has_place(
    ports: GenerationPorts, session: Session, state: LaneState, lane: Lane, places: int, now: dt.datetime
) -> bool:
    left = min(MAX_IN_FLIGHT - state.in_flight_of_all, places - state.in_flight_there)
    if left < 1 or state.in_flight >= IN_FLIGHT[lane.urgency]:
        return False
    return left > 1 or lane.urgency == "interactive" or not _people_wait(ports, session, now)


def _people_wait(ports: GenerationPorts, session: Session, now: dt.datetime) -> bool:
    return ports.families[CHAT].store.count_waiting(session, INTERACTIVE, now) > 0
