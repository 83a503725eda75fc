"""Which plans the next request of a lane carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import structlog

from app.domain.lanes.lane import Lane
from app.repositories.lanes import lanes
from app.repositories.lanes.lanes import LaneState
from app.services.lanes.batch import Batch
from app.services.lanes.family import Family, ItemT, PlanT
from app.services.lanes.ports import CHAT, GenerationPorts
from app.services.lanes.setting_aside import gather_sound, prepare_sound

INTERACTIVE_BATCH = 4
"""While the limit has room; answers that are streamed do not wait for each other, so theirs may be larger."""

MAX_IN_FLIGHT = 12
"""Of all lanes together. 30 requests a minute of 12 s each keep 6 under way, and twice as slow ones 12; the I/O worker
has 16 threads, so that deliveries and ticks find one even when a provider hangs."""

IN_FLIGHT = {"interactive": MAX_IN_FLIGHT, "ambient": 10, "bulk": 2}
"""Of one lane by its urgency: the rest is kept for those who wait for an answer."""

GATHER_S = 5.0
"""How long prompts gather behind a request: most answers are there by then, and one that hangs is not waited for."""

LEASE_MARGIN_S = 15.0

log = structlog.get_logger()


def claim(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane) -> Batch[PlanT, ItemT] | None:
    """Leases what the next request of the lane carries; None when nothing waits or the lane may not go.

    A lane that had to wait for the limit takes the other urgency along, people's answers first; one that has room
    sends only its own. Beside a request that began a moment ago only a full batch may start, unless somebody waits for
    an answer. An interactive lane goes for people only: were it held for ambient prompts, an answer that comes would
    have to wait. The lease lasts for one call to every provider of the chain. Of plans that raise an error none is left
    in the batch.
    """
    now = ports.clock.now()
    chain = ports.chain_of(lane)
    lease_until = now + dt.timedelta(seconds=ports.timeout_s * len(chain) + LEASE_MARGIN_S)
    first = chain[0]
    fitting = first.usage.read().items_within(first.request_tokens) or ports.batch_size
    budgets = ports.settings.read().budgets
    with ports.sessions.begin() as session:
        state = lanes.lock(session, lane.name, now)
        if state is None or _is_held(state, now) or not _has_place(state, lane):
            return None
        gathered = state.not_before is not None
        limit = _limit(ports, lane, gathered)
        fewest = min(limit, fitting) if _gathers(state, lane, now) else 1
        if family.store.count_waiting(session, lane.name, now) < fewest:
            return None
        ids = family.store.claim(session, lane.sources if gathered else [lane.name], now, lease_until, limit)
        plans = gather_sound(session, family, ids, now, budgets) if ids else ()
        if ids and not plans:
            return Batch(lane, family, 0, ())
        if not any(lane.urgency in {plan.urgency, "ambient", "bulk"} for plan in plans):
            session.rollback()
            return None
        who = (first.client.provider, first.client.model)
        request_id = lanes.open_request(session, lane.name, *who, len(plans), lease_until)
    batch = Batch(lane, family, request_id, plans)
    log_generating(batch)
    return batch


def log_generating(batch: Batch[PlanT, ItemT]) -> None:
    """One line for each plan that a request carries, so that a search for one of them finds the request."""
    for plan in batch.plans:
        keys = {"chat": plan.chat_id, "lane": batch.lane.name, "request": batch.request_id}
        if batch.family.name == CHAT:
            log.info("generating", utterance=plan.id, bot=plan.bot_id, **keys)
        else:
            log.info("generating", job=plan.id, **keys)


def postpone(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane, wait_s: float) -> bool:
    """Holds a lane in which something waits for `wait_s` seconds; False when nothing waits, or it is held already."""
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        state = lanes.lock(session, lane.name, now)
        if state is None or _is_held(state, now) or not family.store.count_waiting(session, lane.name, now):
            return False
        lanes.hold(session, lane.name, now + dt.timedelta(seconds=wait_s))
    return True


def prepare(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> Batch[PlanT, ItemT]:
    """The batch with a prompt for every plan, without those for which that raises an error."""
    plans, items = prepare_sound(ports, batch)
    if batch.plans and not plans:
        with ports.sessions.begin() as session:
            lanes.drop_request(session, batch.request_id)
    return replace(batch, plans=plans, items=items)


def _is_held(state: LaneState, now: dt.datetime) -> bool:
    return state.not_before is not None and state.not_before > now


def _limit(ports: GenerationPorts, lane: Lane, gathered: bool) -> int:
    if lane.urgency == "interactive" and not gathered and not ports.stream:
        return min(INTERACTIVE_BATCH, ports.batch_size)
    return ports.batch_size


def _gathers(state: LaneState, lane: Lane, now: dt.datetime) -> bool:
    if lane.urgency == "interactive" or state.latest_at is None:
        return False
    return (now - state.latest_at).total_seconds() < GATHER_S


def _has_place(state: LaneState, lane: Lane) -> bool:
    return state.in_flight_of_all < MAX_IN_FLIGHT and state.in_flight < IN_FLIGHT[lane.urgency]
