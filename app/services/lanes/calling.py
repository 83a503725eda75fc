"""One request to one provider: breaker, rate limit, the call, and feedback from its outcome."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal

from app import metrics
from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected, LLMUnavailable
from app.domain.ports import Completion, Listener
from app.domain.prompting import estimate_tokens
from app.domain.prompting.reading.tolerant import read_answer
from app.domain.prompting.token_rates import TokenRates
from app.domain.providers.context import learn_context
from app.domain.providers.troubles import LASTING
from app.services.lanes.batch import Batch
from app.services.lanes.billing import Bill
from app.services.lanes.family import Answer, ItemT, PlanT
from app.services.lanes.ports import Provider

REJECTED_REST_S = 30.0
"""A refused key or model stays refused until somebody changes it: two requests a minute notice that soon enough."""

BACKOFF_BASE_S = 1.0
BACKOFF_CAP_S = 10.0
"""The breaker lets a call through every 10 s: waiting longer would delay the return of a provider."""

PAID_BACKOFF_CAP_S = 60.0
"""An answer that cannot be read was paid for."""

DIVISOR = 4
"""A request may be cut to the rest of a minute's tokens, down to this fraction of its own; not one of few prompts,
whose rules would use up the rest."""


PREFILL_SHARE = 0.25
"""What reading a token takes of what writing one does, on a processor without a graphics card: 130 tokens/s to 33."""

TOKENS = re.compile(r"tokens? per min|\bTPM\b|tokens?/min|input tokens|token rate", re.IGNORECASE)
"""How providers name the limit of tokens: "Rate limit reached … on tokens per min (TPM): Limit 30000, Used …"."""


@dataclass(frozen=True, slots=True)
class Call(Generic[PlanT, ItemT]):
    """A granted request: `batch` as far as it fits, `left` plans that did not. All sizes are tokens.

    `prompt_estimate` is our own count, `prompt_tokens` the provider's likely one, by its `rates`. `saturated` says that
    the limit is now the bottleneck; `bill` is the reservation, once made.
    """

    provider: Provider
    batch: Batch[PlanT, ItemT]
    left: tuple[int, ...]
    messages: Sequence[dict[str, str]]
    prompt_estimate: int
    prompt_tokens: int
    budget: int
    reserved: int
    rates: TokenRates
    saturated: bool = False
    bill: Bill | None = None

    @property
    def items(self) -> int:
        """Returns how many prompts it carries."""
        return len(self.batch.plans)

    def fits(self, most: int) -> bool:
        """Returns whether it is within `most` tokens and the model's context."""
        return self.reserved <= most and self.rates.holds(self.prompt_tokens, self.budget)

    @property
    def cost_each(self) -> int:
        """Micros that each plan costs at most, rounded up: the longest answer is reserved."""
        longest = self.rates.longest_answer(self.budget)
        return -(-self.provider.price.cost(self.prompt_tokens, longest) // self.items)


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of a call: a completion and its items by number, or an error and perhaps a completion."""

    seconds: float
    completion: Completion | None = None
    answers: Mapping[str, Answer] | None = None
    error: LLMError | None = None


def reserve(provider: Provider, batch: Batch[PlanT, ItemT]) -> Call[PlanT, ItemT] | float:
    """Returns the call that may be made now, else the seconds until this provider should be tried again.

    A batch beyond the size of one request is cut: its last plans are left for another one.
    """
    allowed = provider.breaker.ask()
    if not allowed.granted:
        return allowed.retry_in_s
    call = fit(provider, batch)
    fewest = call.reserved // DIVISOR if len(call.batch.plans) >= 2 * DIVISOR else call.reserved
    grant = provider.limiter.reserve(call.reserved, call.batch.urgent, fewest, batch.lane.urgency == "bulk")
    if fewest <= grant.tokens < call.reserved:
        call = replace(fit(provider, batch, grant.tokens), reserved=grant.tokens)
    if grant.granted:
        return replace(call, saturated=grant.saturated)
    provider.breaker.cancel()
    return grant.retry_in_s


def peek(chain: Sequence[Provider], bulk: bool = False) -> float:
    """Returns the seconds until a provider of the chain may have room for non-interactive prompts; 0 for now."""
    return min(provider.limiter.peek(bulk) for provider in chain)


def fit(provider: Provider, batch: Batch[PlanT, ItemT], most: int | None = None) -> Call[PlanT, ItemT]:
    """Returns the largest request from the head of `batch` within `most` tokens, with at least one prompt.

    `most` defaults to the provider's request size. What the model's context is known to hold bounds it, too.
    """
    most = provider.request_tokens if most is None else most
    rates = provider.usage.read()
    call = _measure(provider, batch, len(batch.plans), rates)
    if call.fits(most):
        return call
    fits, too_many = 1, len(batch.plans)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if _measure(provider, batch, middle, rates).fits(most):
            fits = middle
        else:
            too_many = middle
    return _measure(provider, batch, fits, rates)


def shrink(call: Call[PlanT, ItemT], kept: Batch[PlanT, ItemT]) -> Call[PlanT, ItemT]:
    """Returns the call for a part of its batch; the reservation stays, and is settled at the end of the call."""
    smaller = _measure(call.provider, kept, len(kept.plans), call.rates)
    return replace(smaller, left=call.left, reserved=call.reserved, saturated=call.saturated)


def cancel(call: Call[PlanT, ItemT]) -> None:
    """Returns the breaker's permission and the tokens of a call that is not made after all."""
    call.provider.breaker.cancel()
    call.provider.limiter.settle(call.reserved, 0)


def ask(call: Call[PlanT, ItemT], timeout_s: float, listen: Listener | None = None, has_standby: bool = False) -> Reply:
    """Makes the call, settles its reservation, and updates breaker, limiter, estimator and pace.

    It is given up after `timeout_s`; a server of the operator's own gets more time when it is known to need it.

    A timeout opens the breaker at once if there is a standby: each further try costs somebody a timeout. So does what
    stays until somebody acts (`LASTING`), in any case.
    """
    started = time.monotonic()
    completion = None
    if call.batch.alone:
        metrics.LLM_ALONE.inc()
    try:
        deadline = {"timeout_s": call.rates.deadline(call.items, timeout_s)} if call.provider.near else {}
        schema = call.batch.family.prompts.schema(call.items)
        completion = call.provider.client.complete(call.messages, schema, call.budget, listen, **deadline)
        answers = _read(call, completion)
        if not answers:
            raise LLMMalformed("The answer has none of the items that were asked for.")
    except LLMError as error:
        reply = Reply(time.monotonic() - started, completion, error=error)
    else:
        reply = Reply(time.monotonic() - started, completion, answers)
    _report(call, reply.error, has_standby)
    _settle(call, reply)
    return reply


def _report(call: Call[PlanT, ItemT], error: LLMError | None, has_standby: bool) -> None:
    lasting = error is not None and error.fault in LASTING
    hung = has_standby and isinstance(error, LLMUnavailable) and error.hung
    call.provider.breaker.report(not lasting and not isinstance(error, LLMUnavailable), leave=lasting or hung)


def pause(error: LLMError, failures_in_a_row: int, rng: random.Random) -> float:
    """Returns the seconds before the next request: the provider's own value, else backoff with full jitter.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    if isinstance(error, LLMRateLimited):
        return error.seconds
    if isinstance(error, LLMRejected) and not error.blames_prompt:
        return REJECTED_REST_S
    cap = PAID_BACKOFF_CAP_S if isinstance(error, LLMMalformed) else BACKOFF_CAP_S
    return rng.uniform(0, min(cap, BACKOFF_BASE_S * 2.0**failures_in_a_row))


def cost(call: Call[PlanT, ItemT], reply: Reply) -> int:
    """Returns the request's cost in micros. Without an answer it may have been billed: the reservation stays spent."""
    completion = reply.completion
    if completion is not None:
        return call.provider.price.cost(completion.tokens_in, completion.tokens_out, completion.tokens_cached)
    if reply.error is not None and reply.error.spent is not None:
        spent = reply.error.spent
        return call.provider.price.cost(spent.tokens_in, spent.tokens_out, spent.tokens_cached)
    if isinstance(reply.error, LLMRateLimited | LLMRejected):
        return 0
    return call.bill.total if call.bill else 0


def _measure(provider: Provider, batch: Batch[PlanT, ItemT], count: int, rates: TokenRates) -> Call[PlanT, ItemT]:
    head, prompts = batch.head(count), batch.family.prompts
    messages = prompts.build_messages(head.items, rates)
    estimate, budget = estimate_tokens(messages), prompts.answer_budget(head.items)
    expected, reserved = rates.expect_prompt(estimate), rates.expect(estimate, count, budget)
    return Call(provider, head, tuple(batch.ids[count:]), messages, estimate, expected, budget, reserved, rates)


def _settle(call: Call[PlanT, ItemT], reply: Reply) -> None:
    """Settles the token reservation. A request without an answer may have been counted: its tokens stay taken."""
    limiter, completion = call.provider.limiter, reply.completion
    if completion is not None:
        used = completion.tokens_in + completion.tokens_out
        limiter.settle(call.reserved, used)
        limiter.correct(completion.allowances)
        metrics.LLM_ESTIMATE_RATIO.labels(call.provider.name).observe(call.reserved / max(1, used))
        if reply.answers and not completion.tokens_wasted:
            tokens = (completion.tokens_in, completion.tokens_out, completion.tokens_reasoning)
            call.provider.usage.learn(call.prompt_estimate, call.items, *tokens, reply.seconds)
    elif reply.error is not None and reply.error.spent is not None:
        limiter.settle(call.reserved, reply.error.spent.tokens_in + reply.error.spent.tokens_out)
    elif isinstance(reply.error, LLMRateLimited | LLMRejected):
        limiter.settle(call.reserved, 0)
    if reply.error is not None and reply.error.fault == "context":
        refused = call.prompt_tokens + call.budget
        call.provider.usage.learn_context(learn_context(reply.error.sentence, refused))
    _rest(call, reply.error)
    _learn_pace(call, reply)


def _learn_pace(call: Call[PlanT, ItemT], reply: Reply) -> None:
    """Learns how many requests the provider can take at once, and how slow one is that was given up."""
    hung = isinstance(reply.error, LLMUnavailable) and reply.error.hung
    if hung and call.provider.near:
        call.provider.usage.learn_slow(call.items, reply.seconds)
    if hung:
        call.provider.pace.learn(call.batch.in_flight, 0.0, hung=True)
    elif reply.completion is not None:
        done = reply.completion
        work = done.tokens_out + (done.tokens_in - done.tokens_cached) * PREFILL_SHARE
        call.provider.pace.learn(call.batch.in_flight, reply.seconds / max(1.0, work), hung=False)


def lowered_by(error: LLMRateLimited) -> Literal["requests", "tokens"] | None:
    """Returns the limit of the minute that a 429 showed to be too high: requests, unless its sentence says tokens."""
    if error.fault != "minute":
        return None
    return "tokens" if TOKENS.search(error.sentence) else "requests"


def _read(call: Call[PlanT, ItemT], completion: Completion) -> Mapping[str, Answer]:
    """Returns the items by id and counts what had to be done to read them. Raises LLMMalformed when there are none."""
    schema = call.batch.family.prompts.schema(call.items)
    reading = read_answer(completion.text, list(call.batch.numbers), schema, completion.truncated)
    for kind in reading.repairs:
        metrics.LLM_REPAIRS.labels(call.provider.name, kind).inc()
    return reading.items


def _rest(call: Call[PlanT, ItemT], error: LLMError | None) -> None:
    if isinstance(error, LLMRateLimited):
        call.provider.limiter.rest(error.seconds, lowered_by(error))
    elif isinstance(error, LLMRejected) and not error.blames_prompt:
        call.provider.limiter.rest(REJECTED_REST_S)
    elif error is not None:
        call.provider.limiter.free_probe()
