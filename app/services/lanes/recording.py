"""Records of a request: ledger row, accounts, and the rows of its plans."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain.errors import LLMError, LLMMalformed
from app.domain.ports import Completion
from app.domain.providers.troubles import LASTING, STREAK, ProviderTrouble
from app.repositories.lanes import lanes
from app.repositories.lanes.lanes import Settlement
from app.repositories.providers import troubles
from app.services.lanes import billing, calling
from app.services.lanes.batch import Batch
from app.services.lanes.calling import Call, Reply
from app.services.lanes.claiming import LEASE_MARGIN_S, log_generating, longest_s
from app.services.lanes.family import ItemT, PlanT
from app.services.lanes.ports import GenerationPorts
from app.services.lanes.releasing import Judged, Release

LONGEST_STREAK = 8
"""Failures in a row after which the backoff no longer grows."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """A recorded failure. `wait_s` is how long the provider should be left alone, in seconds; `of_provider` that no
    prompt is the reason; `blamed` that an attempt was counted for the unanswered plans, which went back to their lane.
    """

    wait_s: float
    of_provider: bool
    blamed: bool


def record_start(ports: GenerationPorts, call: Call[PlanT, ItemT]) -> Call[PlanT, ItemT] | None:
    """Reserves the cost, records the provider, releases plans that do not fit, and lets the lane send.

    Plans whose budget does not cover their part are discarded with that reason. None when no plan is left.
    """
    batch, client, now = call.batch, call.provider.client, ports.clock.now()
    with ports.sessions.begin() as session:
        bill, refused = billing.reserve(session, batch.plans, now.date(), call.cost_each)
        for plan_id in refused:
            batch.family.store.discard(session, plan_id, billing.BUDGET_SPENT, now)
        lanes.hold(session, batch.lane.name, now if call.saturated or call.left else None)
        batch.family.store.release(session, call.left)
        kept = batch.only(set(batch.ids) - set(refused)) if refused else batch
        if kept.plans:
            who = (client.provider, client.model)
            lanes.amend_request(session, batch.request_id, *who, len(kept.plans), call.reserved, bill.total)
        else:
            lanes.drop_request(session, batch.request_id)
    if not kept.plans:
        return None
    return replace(calling.shrink(call, kept) if refused else call, bill=bill)


def give_back(ports: GenerationPorts, batch: Batch[PlanT, ItemT], wait_s: float, blamed: bool, behind: bool) -> None:
    """Returns plans that no provider took to their lane, and holds the lane for `wait_s` seconds.

    `blamed` plans, whose content a provider refused, go into smaller batches next. Others go to the end of the lane if
    they are to be `behind`: should one of them be the reason after all, it does not stand in the way of the rest.
    """
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        lanes.drop_request(session, batch.request_id)
        lanes.hold(session, batch.lane.name, now + dt.timedelta(seconds=wait_s))
        if blamed:
            batch.family.store.count_attempt(session, batch.ids, now, alone=False)
        else:
            batch.family.store.release(session, batch.ids, now if behind else None)


def record_failure(
    ports: GenerationPorts, call: Call[PlanT, ItemT], reply: Reply, error: LLMError, release: Release[PlanT, ItemT]
) -> Failure:
    """Closes the request in the ledger with its fault.

    An answer that cannot be read counts as an attempt of its unanswered plans, which go into smaller batches next,
    unless the provider is known to be the reason: then no plan is blamed.
    """
    batch, client, now = call.batch, call.provider.client, ports.clock.now()
    malformed = isinstance(error, LLMMalformed)
    with ports.sessions.begin() as session:
        _close_failed(session, call, reply, error, release.stored)
        trouble = troubles.read_trouble(session, now, client.provider, client.model)
        of_provider = trouble is not None and trouble.is_certain
        blamed = malformed and not of_provider
        if blamed:
            batch.family.store.count_attempt(session, release.missing, now, alone=False)
    _log_failure(call, error)
    if trouble is not None and of_provider:
        _log_trouble(call, trouble)
    wait_s = calling.pause(error, min(trouble.requests, LONGEST_STREAK) - 1 if trouble else 0, random.Random())
    if malformed and of_provider:
        call.provider.limiter.rest(wait_s)
    return Failure(wait_s, of_provider, blamed)


def open_next(ports: GenerationPorts, call: Call[PlanT, ItemT], ids: Collection[int]) -> Batch[PlanT, ItemT]:
    """Opens a ledger row for the plans in `ids` at the next provider, and returns their batch."""
    batch, client, now = call.batch.only(ids), call.provider.client, ports.clock.now()
    lease_until = now + dt.timedelta(seconds=longest_s(ports, batch.lane, len(batch.plans)) + LEASE_MARGIN_S)
    with ports.sessions.begin() as session:
        request_id = lanes.open_request(
            session,
            batch.lane.name,
            client.provider,
            client.model,
            batch.family.prompts.wording,
            len(batch.plans),
            lease_until,
        )
    batch = replace(batch, request_id=request_id)
    log_generating(batch)
    return batch


def record_answers(
    ports: GenerationPorts,
    call: Call[PlanT, ItemT],
    reply: Reply,
    completion: Completion,
    release: Release[PlanT, ItemT],
) -> None:
    """Stores the remaining answers; a plan without a usable one goes back to the lane."""
    batch, now = call.batch, ports.clock.now()
    before = release.stored

    def close(session: Session, judged: Judged[PlanT, ItemT]) -> None:
        unanswered = [plan_id for plan_id in release.missing if plan_id not in judged.dealt_with]
        batch.family.store.count_attempt(session, unanswered, now, alone=False)
        _close(session, call, "answered", before + len(judged.stored), reply)

    release.settle(reply.answers or {}, now, close)
    release.keep()
    _observe(call, completion, reply.seconds)
    log.info(
        "generated",
        lane=batch.lane.name,
        request=batch.request_id,
        provider=call.provider.name,
        prompts=len(batch.plans),
        answered=release.stored,
        seconds=round(reply.seconds, 2),
    )


def _close_failed(session: Session, call: Call[PlanT, ItemT], reply: Reply, error: LLMError, answered: int) -> None:
    _close(session, call, error.outcome, answered, reply, error)


def _close(
    session: Session,
    call: Call[PlanT, ItemT],
    outcome: str,
    answered: int,
    reply: Reply,
    error: LLMError | None = None,
) -> None:
    """Closes the ledger row with tokens, cost and fault, and settles the accounts."""
    done = reply.completion or (reply.error.spent if reply.error else None)
    cost = calling.cost(call, reply)
    tokens = (done.tokens_in, done.tokens_out, done.tokens_cached) if done else (0, 0, 0)
    fault = (error.fault, error.sentence) if error else (None, None)
    settlement = Settlement(outcome, answered, *tokens, cost, reply.seconds, *fault)
    lanes.close_request(session, call.batch.request_id, settlement)
    if call.bill is not None:
        billing.settle(session, call.bill, cost)
    metrics.LLM_COST.labels(call.provider.client.provider, call.provider.client.model).inc(cost / 1_000_000)


def _log_failure(call: Call[PlanT, ItemT], error: LLMError) -> None:
    batch, name, outcome = call.batch, call.provider.name, error.outcome
    metrics.LLM_FAULTS.labels(name, error.fault).inc()
    metrics.LLM_REQUESTS.labels(batch.lane.name, name, outcome).inc()
    write = log.error if error.permanent else log.warning
    write(
        "llm_request_failed",
        lane=batch.lane.name,
        request=batch.request_id,
        provider=name,
        prompts=len(batch.plans),
        outcome=outcome,
        fault=error.fault,
        error=str(error),
    )


def _log_trouble(call: Call[PlanT, ItemT], trouble: ProviderTrouble) -> None:
    """Logs a provider's trouble once: when it became certain."""
    if trouble.requests != (1 if trouble.fault in LASTING else STREAK):
        return
    log.error("provider_failing", provider=call.provider.name, fault=trouble.fault, error=trouble.words)


def _observe(call: Call[PlanT, ItemT], completion: Completion, latency_s: float) -> None:
    metrics.LLM_REQUESTS.labels(call.batch.lane.name, call.provider.name, "answered").inc()
    metrics.LLM_PROMPTS.observe(len(call.batch.plans))
    metrics.LLM_TOKENS.labels("in").inc(completion.tokens_in)
    metrics.LLM_TOKENS.labels("out").inc(completion.tokens_out)
    metrics.LLM_TOKENS.labels("cached").inc(completion.tokens_cached)
    metrics.LLM_TOKENS.labels("reasoning").inc(completion.tokens_reasoning)
    metrics.LLM_SECONDS.observe(latency_s)
