"""From plans to texts: many prompts ride in one request to a provider.

A lane sends at once while the provider's limit has room. While a request is in flight, or the limit makes the lane
wait, prompts gather and ride together, people's answers first. A provider that cannot answer is followed by the next
one of the chain.
"""

from __future__ import annotations

from app import metrics
from app.domain.errors import LLMRejected
from app.domain.lanes.lane import Lane, parse_lane
from app.services.lanes import calling, claiming, recording
from app.services.lanes.batch import Batch
from app.services.lanes.calling import Call, Reply
from app.services.lanes.family import Family, ItemT, PlanT
from app.services.lanes.ports import AMBIENT, INTERACTIVE, GenerationPorts, Provider
from app.services.lanes.releasing import Release
from app.services.lanes.reuse import answer_from_cache
from app.services.lanes.setting_aside import put_back

__all__ = ["AMBIENT", "INTERACTIVE", "GenerationPorts", "Provider", "generate"]

HINT_S = 5.0


def generate(ports: GenerationPorts, lane: str) -> None:
    """Sends one request for what waits in `lane`, if anything waits and the lane may go.

    What nobody waits for is not claimed before some provider has room: until then people's answers may join it.
    1. claim plans under a lease, and write the request into the ledger · COMMIT
    2. answer what was answered before, where that is allowed · COMMIT
    3. take the first provider whose breaker lets a call through and whose limiter has room; reserve its cost · COMMIT
    4. call it, no session open; when it cannot answer, the same plans go to the next one, as a request of their own
    5. read what answers are held against, and decide on each, no session open
    6. record each answer as ready or discarded, and what it cost · COMMIT · nudge delivery, and the lane again
    7. without any provider the plans go back, and the lane waits until one may be asked again · COMMIT
    8. a plan that raises an error is set aside; where nobody can tell which one did, smaller batches will · COMMIT
    """
    parsed = parse_lane(lane)
    family = ports.families[parsed.family]
    if _must_wait(ports, family, parsed):
        return
    batch = claiming.claim(ports, family, parsed)
    if batch is None:
        return
    try:
        _carry(ports, batch)
    except Exception as error:
        put_back(ports, batch, error)
        ports.queue.nudge_generation(lane)


def _carry(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> None:
    """Has a claimed batch answered, from what was answered before or by a provider."""
    for standby in ports.chain_of(batch.lane)[1:]:
        standby.limiter.keep_warm()
    rest = answer_from_cache(ports, claiming.prepare(ports, batch))
    if rest.plans:
        _send(ports, rest)
    else:
        ports.queue.nudge_generation(batch.lane.name)


def _must_wait(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane) -> bool:
    """Whether a lane in which nobody waits for an answer finds no provider with room; it is held until one has."""
    wait_s = 0.0 if lane.urgency == "interactive" else calling.peek(ports.chain_of(lane))
    if wait_s <= 0:
        return False
    if claiming.postpone(ports, family, lane, wait_s):
        _nudge_after(ports, lane.name, wait_s)
    return True


def _send(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> None:
    """Offers the batch to one provider after the other."""
    waits: list[float] = []
    refusals: list[bool] = []
    chain = ports.chain_of(batch.lane)
    for provider in chain:
        granted = calling.reserve(provider, batch)
        if not isinstance(granted, Call):
            waits.append(granted)
            continue
        call = _start(ports, granted)
        if call is None:
            return
        release = Release(ports, call)
        reply = calling.ask(call, release.listen if ports.stream else None, has_standby=provider is not chain[-1])
        if reply.error is None or not release.missing or not calling.moves_on(reply.error):
            _record_reply(ports, call, reply, release)
            return
        waits.append(recording.record_failure(ports, call, reply, reply.error, release.stored))
        refusals.append(isinstance(reply.error, LLMRejected) and reply.error.blames_prompt)
        batch = recording.open_next(ports, call, release.missing)
    recording.give_back(ports, batch, min(waits), any(refusals))
    _nudge_after(ports, batch.lane.name, min(waits), for_room=not refusals)


def _nudge_after(ports: GenerationPorts, lane: str, wait_s: float, for_room: bool = True) -> None:
    """Nudges a lane for the end of its wait, unless the sweeper will be in time."""
    if for_room:
        metrics.LLM_WAITS.labels(lane).inc()
    if wait_s < HINT_S:
        ports.queue.nudge_generation(lane, wait_s + 0.01)


def _start(ports: GenerationPorts, granted: Call[PlanT, ItemT]) -> Call[PlanT, ItemT] | None:
    """The call with its cost reserved, and the lane nudged for what it leaves behind; None when no budget holds it."""
    lane = granted.batch.lane
    call = recording.record_start(ports, granted)
    if call is None:
        calling.cancel(granted)
    if call is None or call.left or len(call.batch.plans) >= ports.batch_size:
        ports.queue.nudge_generation(lane.name)
    return call


def _record_reply(
    ports: GenerationPorts, call: Call[PlanT, ItemT], reply: Reply, release: Release[PlanT, ItemT]
) -> None:
    """Records what a provider answered, and looks again at what waits by now."""
    batch = call.batch
    if reply.error is not None:
        recording.record_malformed(ports, call, reply, reply.error, release)
    elif reply.completion is not None:
        recording.record_answers(ports, call, reply, reply.completion, release)
        ports.events.publish("generated", ids=batch.ids)
        ports.queue.nudge_delivery()
    ports.queue.nudge_generation(batch.lane.name)
    if batch.lane.urgency == "ambient":
        ports.queue.nudge_generation(batch.lane.urgent_sibling)
