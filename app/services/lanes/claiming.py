"""Which plans the next request of a lane carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.domain import prompting
from app.domain.persona import BotProfile
from app.domain.settings import FleetSettings
from app.repositories import lanes, utterances
from app.repositories.lanes import LaneState
from app.repositories.utterances import PlannedUtterance
from app.services.lanes.ports import AMBIENT, INTERACTIVE, Batch, GenerationPorts
from app.services.profiles import load_profiles

INTERACTIVE_BATCH = 4
MAX_IN_FLIGHT = 12
"""Of all lanes together. 30 requests a minute of 12 s each keep 6 under way, and twice as slow ones 12; the I/O worker
has 16 threads, so that deliveries and ticks find one even when a provider hangs."""

AMBIENT_IN_FLIGHT = 10
"""The rest is kept for those who wait for an answer."""

LEASE_MARGIN_S = 15.0


def claim(ports: GenerationPorts, lane: str) -> Batch | None:
    """Leases what the next request of the lane carries; None when nothing waits or the lane may not go.

    A lane that had to wait for the limit takes the other urgency along, people's answers first; one that has room
    sends only its own. Beside a request in flight only a full batch may start. The lease lasts for one call to every
    provider of the chain.
    """
    now = ports.clock.now()
    lease_until = now + dt.timedelta(seconds=ports.timeout_s * len(ports.chain) + LEASE_MARGIN_S)
    first = ports.chain[0]
    fitting = first.usage.read().items_within(first.request_tokens) or ports.batch_size
    with ports.sessions.begin() as session:
        state = lanes.lock(session, lane, now)
        if state is None or (state.not_before is not None and state.not_before > now):
            return None
        gathered = state.not_before is not None
        limit = ports.batch_size if gathered or lane != INTERACTIVE else min(INTERACTIVE_BATCH, ports.batch_size)
        if not _has_place(state, lane):
            return None
        if state.in_flight and utterances.count_waiting(session, lane, now) < min(limit, fitting):
            return None
        sources = [INTERACTIVE, AMBIENT] if gathered else [lane]
        ids = utterances.claim_planned(session, sources, now, lease_until, limit)
        if not ids:
            return None
        plans = tuple(utterances.gather(session, ids))
        client = first.client
        request_id = lanes.open_request(session, lane, client.provider, client.model, len(plans), lease_until)
    return Batch(lane, request_id, plans)


def prepare(ports: GenerationPorts, batch: Batch) -> Batch:
    """The batch with a prompt for every plan."""
    settings = ports.settings.read()
    versions = {plan.bot_id: plan.persona_version for plan in batch.plans}
    profiles = load_profiles(ports.sessions, ports.cache, versions)
    return replace(batch, items=tuple(_item(plan, profiles[plan.bot_id], settings) for plan in batch.plans))


def _has_place(state: LaneState, lane: str) -> bool:
    if state.in_flight_of_all >= MAX_IN_FLIGHT:
        return False
    return lane == INTERACTIVE or state.in_flight < AMBIENT_IN_FLIGHT


def _item(plan: PlannedUtterance, bot: BotProfile, settings: FleetSettings) -> prompting.PromptItem:
    return prompting.PromptItem(
        utterance_id=plan.id,
        bot=bot,
        chat_title=plan.chat_title,
        chat_topics=plan.chat_topics,
        messages=plan.messages,
        target=plan.target,
        topic=plan.topic,
        max_words=settings.max_words,
    )
