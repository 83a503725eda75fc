"""Generation of texts from plans, many prompts in one request to a provider.

A lane sends at once while the provider's limit has room. While a request is in flight, or the limit makes the lane
wait, prompts gather into one batch, people's answers first. When a provider fails, the next one of the chain is tried.
"""

from __future__ import annotations

from app import metrics
from app.domain.errors import LLMMalformed
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

MOST_CUTS = 2
"""How often a request that was too long for a model is cut and repeated at once."""


def generate(ports: GenerationPorts, lane: str) -> None:
    """Sends one request for the plans waiting in `lane`, if there are any and the lane may send.

    Non-interactive plans are not claimed before some provider has room: until then people's answers may join them.
    1. claim plans under a lease, and write the request into the ledger · COMMIT
    2. answer from the cache, where that is allowed · COMMIT
    3. take the first provider whose breaker lets a call through and whose limiter has room; reserve its cost · COMMIT
    4. call it, no session open; when it fails, the same plans go to the next one, as a request of their own
    5. read what answers are checked against, and decide on each, no session open
    6. record each answer as ready or discarded, and the cost · COMMIT · nudge delivery, and the lane again
    7. without any provider, release the plans and hold the lane until one may be called again · COMMIT
    8. set aside a plan that raises an error; when the culprit is unknown, retry in smaller batches · COMMIT
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
    """Answers a claimed batch from the cache or by a provider."""
    for standby in ports.chain_of(batch.lane)[1:]:
        standby.limiter.keep_warm()
    rest = answer_from_cache(ports, claiming.prepare(ports, batch))
    if rest.plans:
        _send(ports, rest)
    else:
        ports.queue.nudge_generation(batch.lane.name)


def _must_wait(ports: GenerationPorts, family: Family[PlanT, ItemT], lane: Lane) -> bool:
    """Whether a non-interactive lane finds no provider with room; it is held until one has."""
    wait_s = 0.0 if lane.urgency == "interactive" else calling.peek(ports.chain_of(lane), lane.urgency == "bulk")
    if wait_s <= 0:
        return False
    if claiming.postpone(ports, family, lane, wait_s):
        _nudge_after(ports, lane.name, wait_s)
    return True


def _send(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> None:
    """Tries the chain's providers with the batch, one after the other; one whose context is too small for it, again."""
    waits: list[float] = []
    refusals: list[bool] = []
    unreadable = False
    cuts, chain = MOST_CUTS, list(ports.chain_of(batch.lane))
    while chain:
        provider = chain.pop(0)
        granted = calling.reserve(provider, batch)
        if not isinstance(granted, Call):
            waits.append(granted)
            continue
        call = _start(ports, granted)
        if call is None:
            return
        release = Release(ports, call)
        listen = release.listen if ports.stream else None
        reply = calling.ask(call, ports.timeout_s, listen, has_standby=bool(chain))
        if reply.error is None:
            _record_answers(ports, call, reply, release)
            return
        failure = recording.record_failure(ports, call, reply, reply.error, release)
        if failure.blamed or not release.missing:
            _nudge_on(ports, call)
            return
        if reply.error.fault == "context" and cuts:
            cuts -= 1
            chain.insert(0, provider)
        waits.append(failure.wait_s)
        refusals.append(reply.error.blames_prompt)
        unreadable = unreadable or isinstance(reply.error, LLMMalformed)
        batch = recording.open_next(ports, call, release.missing)
    recording.give_back(ports, batch, min(waits), blamed=any(refusals), behind=unreadable)
    _nudge_after(ports, batch.lane.name, min(waits), for_room=not refusals)


def _nudge_after(ports: GenerationPorts, lane: str, wait_s: float, for_room: bool = True) -> None:
    """Nudges a lane for the end of its wait, unless the sweeper will do so in time."""
    if for_room:
        metrics.LLM_WAITS.labels(lane).inc()
    if wait_s < HINT_S:
        ports.queue.nudge_generation(lane, wait_s + 0.01)


def _start(ports: GenerationPorts, granted: Call[PlanT, ItemT]) -> Call[PlanT, ItemT] | None:
    """Reserves the cost of a call and nudges the lane for left plans; None when no budget covers it."""
    lane = granted.batch.lane
    call = recording.record_start(ports, granted)
    if call is None:
        calling.cancel(granted)
    if call is None or call.left or len(call.batch.plans) >= ports.batch_size:
        ports.queue.nudge_generation(lane.name)
    return call


def _record_answers(
    ports: GenerationPorts, call: Call[PlanT, ItemT], reply: Reply, release: Release[PlanT, ItemT]
) -> None:
    """Records a provider's answers, and nudges delivery."""
    if reply.completion is not None:
        recording.record_answers(ports, call, reply, reply.completion, release)
        ports.events.publish("generated", ids=call.batch.ids)
        ports.queue.nudge_delivery()
    _nudge_on(ports, call)


def _nudge_on(ports: GenerationPorts, call: Call[PlanT, ItemT]) -> None:
    """Nudges the lane for plans that came meanwhile, or came back."""
    lane = call.batch.lane
    ports.queue.nudge_generation(lane.name)
    if lane.urgency == "ambient":
        ports.queue.nudge_generation(lane.urgent_sibling)
