"""What becomes of a request's plans, in the ledger and in their own rows."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.domain import prompting
from app.domain.behaviour.timing import reading_time, typing_time
from app.domain.errors import LLMError
from app.domain.ports import Completion
from app.domain.postprocess import Draft, Refused, finish
from app.domain.settings import FleetSettings
from app.repositories import lanes, utterances
from app.repositories.utterances import PlannedUtterance
from app.services.lanes.calling import Call, Reply, pause
from app.services.lanes.claiming import LEASE_MARGIN_S
from app.services.lanes.ports import Batch, GenerationPorts

LONGEST_STREAK = 8
"""Failures in a row beyond which the pause no longer grows."""

log = structlog.get_logger()


def record_start(ports: GenerationPorts, call: Call) -> None:
    """Notes whom the request goes to, gives back what it cannot carry, and lets the lane go as the limit allows."""
    batch, client, now = call.batch, call.provider.client, ports.clock.now()
    with ports.sessions.begin() as session:
        lanes.amend_request(session, batch.request_id, client.provider, client.model, len(batch.plans))
        lanes.hold(session, batch.lane, now if call.crowded or call.left else None)
        if call.left:
            utterances.release(session, call.left, now, failed=False)


def give_back(ports: GenerationPorts, batch: Batch, wait_s: float, blamed: bool) -> None:
    """Returns plans that no provider took to their lane, and holds the lane for `wait_s` seconds.

    `blamed` plans, whose content a provider refused, ride in smaller batches next.
    """
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        lanes.drop_request(session, batch.request_id)
        lanes.hold(session, batch.lane, now + dt.timedelta(seconds=wait_s))
        utterances.release(session, batch.ids, now, failed=blamed)


def record_failure(ports: GenerationPorts, call: Call, reply: Reply, error: LLMError) -> float:
    """Closes the request in the ledger with its outcome; returns the seconds to leave its provider alone."""
    with ports.sessions.begin() as session:
        outcome = _close_failed(session, call, reply, error)
        streak = lanes.count_failures_in_a_row(session, call.batch.lane, LONGEST_STREAK)
    _tell_failure(call, outcome, error)
    return pause(error, max(0, streak - 1), random.Random())


def open_next(ports: GenerationPorts, batch: Batch, call: Call) -> Batch:
    """The batch with a ledger row of its own for the next provider that is tried."""
    client, now = call.provider.client, ports.clock.now()
    lease_until = now + dt.timedelta(seconds=ports.timeout_s + LEASE_MARGIN_S)
    with ports.sessions.begin() as session:
        request_id = lanes.open_request(
            session, batch.lane, client.provider, client.model, len(batch.plans), lease_until
        )
    return replace(batch, request_id=request_id)


def record_malformed(ports: GenerationPorts, call: Call, reply: Reply, error: LLMError) -> None:
    """Closes the request and counts an attempt against its plans, so that they ride in smaller batches next."""
    with ports.sessions.begin() as session:
        outcome = _close_failed(session, call, reply, error)
        utterances.release(session, call.batch.ids, ports.clock.now(), failed=True)
    _tell_failure(call, outcome, error)


def record_answers(ports: GenerationPorts, call: Call, reply: Reply, completion: Completion) -> None:
    """Stores each text as ready or discarded; a plan without a text goes back to the lane."""
    batch, answers = call.batch, reply.answers or {}
    settings = ports.settings.read()
    now = ports.clock.now()
    missing = [plan.id for plan in batch.plans if str(plan.id) not in answers]
    with ports.sessions.begin() as session:
        tokens = (completion.tokens_in, completion.tokens_out)
        lanes.close_request(session, batch.request_id, "answered", len(answers), tokens, reply.seconds)
        utterances.release(session, missing, now, failed=True)
        for plan, item in zip(batch.plans, batch.items, strict=True):
            text = answers.get(str(plan.id))
            if text is not None:
                _finish(session, plan, item, text, now, settings)
    _observe(call, completion, reply.seconds)
    log.info(
        "generated",
        lane=batch.lane,
        provider=call.provider.name,
        prompts=len(batch.plans),
        answered=len(answers),
        seconds=round(reply.seconds, 2),
    )


def _close_failed(session: Session, call: Call, reply: Reply, error: LLMError) -> str:
    outcome = type(error).__name__.removeprefix("LLM").lower()
    completion = reply.completion
    tokens = (completion.tokens_in, completion.tokens_out) if completion else (0, 0)
    lanes.close_request(session, call.batch.request_id, outcome, 0, tokens, reply.seconds)
    return outcome


def _tell_failure(call: Call, outcome: str, error: LLMError) -> None:
    batch, name = call.batch, call.provider.name
    metrics.LLM_REQUESTS.labels(batch.lane, name, outcome).inc()
    tell = log.error if error.permanent else log.warning
    tell(
        "llm_request_failed",
        lane=batch.lane,
        provider=name,
        prompts=len(batch.plans),
        outcome=outcome,
        error=str(error),
    )


def _finish(
    session: Session,
    plan: PlannedUtterance,
    item: prompting.PromptItem,
    text: str,
    now: dt.datetime,
    settings: FleetSettings,
) -> None:
    """One draft becomes a message with its typing time, or is discarded with its reason."""
    recent = {message.text for message in plan.messages if message.author_bot_id is not None}
    finished = finish(text, Draft(item.bot.display_name, item.max_words, recent))
    if isinstance(finished, Refused):
        utterances.discard(session, plan.id, finished.reason, text, now)
        metrics.UTTERANCES.labels("discarded", finished.reason).inc()
        return
    rng = random.Random(plan.id)
    typing_at = now + dt.timedelta(seconds=reading_time(plan.urgency == "interactive", rng))
    typing_s = typing_time(finished, item.bot.words_per_minute, settings.typing_max_s)
    if utterances.make_ready(session, plan.id, finished, typing_at, typing_at + dt.timedelta(seconds=typing_s)):
        metrics.UTTERANCES.labels("ready", "").inc()


def _observe(call: Call, completion: Completion, latency_s: float) -> None:
    metrics.LLM_REQUESTS.labels(call.batch.lane, call.provider.name, "answered").inc()
    metrics.LLM_PROMPTS.observe(len(call.batch.plans))
    metrics.LLM_TOKENS.labels("in").inc(completion.tokens_in)
    metrics.LLM_TOKENS.labels("out").inc(completion.tokens_out)
    metrics.LLM_SECONDS.observe(latency_s)
