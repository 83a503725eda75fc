"""From plans to texts: many prompts ride in one request to a provider.

A lane sends at once while the provider's limit has room. While a request is in flight, or the limit makes the lane
wait, prompts gather and ride together, people's answers first. A provider that cannot answer is followed by the next
one of the chain.
"""

from __future__ import annotations

from app import metrics
from app.domain.errors import LLMRejected
from app.services.lanes import calling, claiming, recording
from app.services.lanes.calling import Call
from app.services.lanes.ports import AMBIENT, INTERACTIVE, Batch, GenerationPorts, Provider

__all__ = ["AMBIENT", "INTERACTIVE", "GenerationPorts", "Provider", "generate"]

HINT_S = 5.0


def generate(ports: GenerationPorts, lane: str) -> None:
    """Sends one request for what waits in `lane`, if anything waits and the lane may go.

    1. claim plans under a lease, and write the request into the ledger · COMMIT
    2. take the first provider whose breaker lets a call through and whose limiter has room · COMMIT
    3. call it, no session open; when it cannot answer, the same plans go to the next one, as a request of their own
    4. record each text as ready or discarded · COMMIT · nudge delivery, and the lane again
    5. without any provider the plans go back, and the lane waits until one may be asked again · COMMIT
    """
    batch = claiming.claim(ports, lane)
    if batch is None:
        return
    for standby in ports.chain[1:]:
        standby.limiter.keep_warm()
    _send(ports, claiming.prepare(ports, batch))


def _send(ports: GenerationPorts, batch: Batch) -> None:
    """Offers the batch to one provider after the other."""
    waits: list[float] = []
    refusals: list[bool] = []
    for provider in ports.chain:
        call = calling.reserve(provider, batch)
        if not isinstance(call, Call):
            waits.append(call)
            continue
        recording.record_start(ports, call)
        if call.left or len(call.batch.plans) >= ports.batch_size:
            ports.queue.nudge_generation(batch.lane)
        reply = calling.ask(call)
        if reply.error is None or not calling.moves_on(reply.error):
            _settle(ports, call, reply)
            return
        waits.append(recording.record_failure(ports, call, reply, reply.error))
        refusals.append(isinstance(reply.error, LLMRejected) and reply.error.blames_prompt)
        batch = recording.open_next(ports, call.batch, call)
    recording.give_back(ports, batch, min(waits), any(refusals))
    if not refusals:
        metrics.LLM_WAITS.labels(batch.lane).inc()
    if min(waits) < HINT_S:
        ports.queue.nudge_generation(batch.lane, min(waits) + 0.01)


def _settle(ports: GenerationPorts, call: Call, reply: calling.Reply) -> None:
    """Records what a provider answered, and looks again at what waits by now."""
    batch = call.batch
    if reply.error is not None:
        recording.record_malformed(ports, call, reply, reply.error)
    elif reply.completion is not None:
        recording.record_answers(ports, call, reply, reply.completion)
        ports.events.publish("generated", ids=batch.ids)
        ports.queue.nudge_delivery()
    ports.queue.nudge_generation(batch.lane)
    if batch.lane != INTERACTIVE:
        ports.queue.nudge_generation(INTERACTIVE)
