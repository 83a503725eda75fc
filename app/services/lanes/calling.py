"""One request to one provider: permission, room, the call, and what it tells about the provider."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app import metrics
from app.domain import prompting
from app.domain.answers import read_answer
from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Completion
from app.domain.token_rates import TokenRates
from app.services.lanes.ports import Batch, Provider

REJECTED_REST_S = 30.0
"""A key or model that is refused stays refused until somebody changes it: asking twice a minute notices soon enough."""

BACKOFF_BASE_S = 1.0
BACKOFF_CAP_S = 10.0
"""The breaker lets a call through every 10 s: waiting longer would miss a provider that came back."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was granted: `batch` as far as it fits, `left` plans that did not. All sizes are tokens."""

    provider: Provider
    batch: Batch
    left: tuple[int, ...]
    messages: Sequence[dict[str, str]]
    prompt_estimate: int
    budget: int
    reserved: int
    crowded: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """How a call ended: with a completion and its texts by item id, or with an error and perhaps a completion."""

    seconds: float
    completion: Completion | None = None
    answers: dict[str, str] | None = None
    error: LLMError | None = None


def reserve(provider: Provider, batch: Batch) -> Call | float:
    """The call that may be made now; else the seconds after which asking this provider again makes sense.

    A batch beyond what one request may reserve is cut: its last plans are left for another one.
    """
    allowed = provider.breaker.ask()
    if not allowed.granted:
        return allowed.retry_in_s
    call = fit(provider, batch)
    grant = provider.limiter.reserve(call.reserved, call.batch.urgent)
    if grant.granted:
        return replace(call, crowded=grant.crowded)
    provider.breaker.forgo()
    return grant.retry_in_s


def fit(provider: Provider, batch: Batch) -> Call:
    """The largest request from the head of `batch` within the provider's size of a request, of one prompt at least."""
    rates = provider.usage.read()
    call = _measure(provider, batch, len(batch.plans), rates)
    if call.reserved <= provider.request_tokens:
        return call
    fits, too_many = 1, len(batch.plans)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _measure(provider, batch, middle, rates).reserved <= provider.request_tokens:
            fits = middle
        else:
            too_many = middle
    return _measure(provider, batch, fits, rates)


def ask(call: Call) -> Reply:
    """Makes the call, settles its reservation, and tells breaker, limiter and estimator what it showed."""
    started = time.monotonic()
    completion = None
    try:
        completion = call.provider.client.complete(call.messages, prompting.SCHEMA, call.budget)
        answers = read_answer(completion.text, {str(plan.id) for plan in call.batch.plans})
    except LLMError as error:
        reply = Reply(time.monotonic() - started, completion, error=error)
    else:
        reply = Reply(time.monotonic() - started, completion, answers)
    call.provider.breaker.report(not isinstance(reply.error, LLMUnavailable))
    _settle(call, reply)
    return reply


def pause(error: LLMError, failures_in_a_row: int, rng: random.Random) -> float:
    """Seconds until the provider may be asked again: as it said itself, else with full jitter.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    if isinstance(error, LLMRateLimited):
        return error.seconds
    if isinstance(error, LLMRejected) and not error.blames_prompt:
        return REJECTED_REST_S
    return rng.uniform(0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2.0**failures_in_a_row))


def _measure(provider: Provider, batch: Batch, count: int, rates: TokenRates) -> Call:
    head = replace(batch, plans=batch.plans[:count], items=batch.items[:count])
    messages = prompting.build_messages(head.items)
    estimate, budget = prompting.estimate_tokens(messages), prompting.answer_budget(head.items)
    reserved = rates.expect(estimate, count, budget)
    return Call(provider, head, tuple(batch.ids[count:]), messages, estimate, budget, reserved, crowded=False)


def _settle(call: Call, reply: Reply) -> None:
    """Corrects the reservation. A request that got no answer may have been counted: what it reserved stays taken."""
    limiter, completion = call.provider.limiter, reply.completion
    if completion is not None:
        used = completion.tokens_in + completion.tokens_out
        limiter.settle(call.reserved, used)
        metrics.LLM_ESTIMATE_RATIO.labels(call.provider.name).observe(call.reserved / max(1, used))
        if reply.answers:
            items = len(call.batch.plans)
            call.provider.usage.learn(call.prompt_estimate, items, completion.tokens_in, completion.tokens_out)
    elif isinstance(reply.error, LLMRateLimited | LLMRejected):
        limiter.settle(call.reserved, 0)
    _rest(call, reply.error)


def _rest(call: Call, error: LLMError | None) -> None:
    if isinstance(error, LLMRateLimited):
        call.provider.limiter.rest(error.seconds)
    elif isinstance(error, LLMRejected) and not error.blames_prompt:
        call.provider.limiter.rest(REJECTED_REST_S)


def moves_on(error: LLMError) -> bool:
    """Whether another provider may do better: not after an answer in the wrong form, which smaller batches cure."""
    return not isinstance(error, LLMMalformed)
