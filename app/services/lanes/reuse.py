"""Cached answers: to the same prompt of the same bot by the same model, never for chat messages."""

from __future__ import annotations

from collections.abc import Mapping

from app import metrics
from app.domain.ports import LLMClient
from app.repositories.lanes import lanes
from app.services.lanes.batch import Batch
from app.services.lanes.family import Answer, Family, ItemT, PlanT
from app.services.lanes.ports import GenerationPorts


def answer_from_cache(ports: GenerationPorts, batch: Batch[PlanT, ItemT]) -> Batch[PlanT, ItemT]:
    """Finishes the plans with a cached answer; returns the batch of the others, which may be empty."""
    client = ports.chain_of(batch.lane)[0].client
    keys = {plan.id: key for plan, item in batch.pairs if (key := key_of(client, batch.family, plan, item)) is not None}
    if not keys:
        return batch
    held = ports.answers.get_many(list(keys.values()))
    found = {plan_id: held[key] for plan_id, key in keys.items() if key in held}
    metrics.LLM_CACHE.labels("hit").inc(len(found))
    metrics.LLM_CACHE.labels("miss").inc(len(keys) - len(found))
    rest = batch.only(set(batch.ids) - found.keys())
    if found:
        _finish(ports, batch, found, rest)
    return rest


def key_of(client: LLMClient, family: Family[PlanT, ItemT], plan: PlanT, item: ItemT) -> str | None:
    """Returns a key of the whole prompt, the model and the bot; None for prompts that are never cached."""
    key = family.prompts.cache_key(item)
    return None if key is None else f"{client.provider}:{client.model}\n{plan.bot_id}\n{key}"


def _finish(
    ports: GenerationPorts, batch: Batch[PlanT, ItemT], found: Mapping[int, Answer], rest: Batch[PlanT, ItemT]
) -> None:
    now, settings = ports.clock.now(), ports.settings.book()
    write = batch.family.answers.judge(ports.sessions, batch.answered(found), now, settings)
    with ports.sessions.begin() as session:
        write(session)
        if not rest.plans:
            lanes.drop_request(session, batch.request_id)
