"""From plans to texts: many prompts ride in one request to the provider.

A lane sends at once while the provider's limit has room. While a request is in flight, or the limit makes the lane
wait, prompts gather and ride together, people's answers first.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app import metrics
from app.db import SessionFactory
from app.domain import prompting
from app.domain.answers import read_answer
from app.domain.behaviour.timing import reading_time, typing_time
from app.domain.errors import LLMError, LLMMalformed, LLMRateLimited, LLMRejected
from app.domain.persona import BotProfile
from app.domain.ports import Clock, Completion, EventStream, LLMClient, ProviderLimiter, TaskQueue
from app.domain.postprocess import Draft, Refused, finish
from app.domain.settings import FleetSettings
from app.repositories import lanes, utterances
from app.repositories.utterances import PlannedUtterance
from app.services.profiles import Cache, load_profiles
from app.services.settings import SettingsReader

INTERACTIVE = "chat.interactive"
AMBIENT = "chat.ambient"
INTERACTIVE_BATCH = 4
MAX_IN_FLIGHT = 4
LEASE_MARGIN_S = 15.0
RETRY_S = 2.0
REJECTED_RETRY_S = 30.0
HINT_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GenerationPorts:
    """What a lane needs of the outside. `timeout_s` bounds one request, `batch_size` its prompts."""

    sessions: SessionFactory
    settings: SettingsReader
    cache: Cache
    llm: LLMClient
    limiter: ProviderLimiter
    queue: TaskQueue
    events: EventStream
    clock: Clock
    batch_size: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Claimed plans and the ledger row of the request that carries them."""

    lane: str
    request_id: int
    plans: tuple[PlannedUtterance, ...]

    @property
    def ids(self) -> list[int]:
        """The plans' ids."""
        return [plan.id for plan in self.plans]


def generate(ports: GenerationPorts, lane: str) -> None:
    """Sends one request for what waits in `lane`, if anything waits and the lane may go.

    1. claim plans under a lease, and write the request into the ledger · COMMIT
    2. build the prompt and reserve its tokens; without room the plans go back and the lane waits
    3. call the provider, no session open
    4. record each text as ready or discarded · COMMIT · nudge delivery, and the lane again
    """
    batch = claim(ports, lane)
    if batch is None:
        return
    settings = ports.settings.read()
    versions = {plan.bot_id: plan.persona_version for plan in batch.plans}
    profiles = load_profiles(ports.sessions, ports.cache, versions)
    items = [_item(plan, profiles[plan.bot_id], settings) for plan in batch.plans]
    messages = prompting.build_messages(items)
    budget = prompting.answer_budget(items)
    reserved = prompting.estimate_tokens(messages) + budget
    if not _reserve(ports, batch, reserved):
        return
    started = time.monotonic()
    try:
        completion = ports.llm.complete(messages, prompting.SCHEMA, budget)
        answers = read_answer(completion.text, {str(plan.id) for plan in batch.plans})
    except LLMError as error:
        _record_failure(ports, batch, error, time.monotonic() - started)
    else:
        ports.limiter.settle(reserved, completion.tokens_in + completion.tokens_out)
        _record_answers(ports, batch, items, answers, completion, time.monotonic() - started)
    ports.queue.nudge_generation(lane)


def claim(ports: GenerationPorts, lane: str) -> Batch | None:
    """Leases what the next request of the lane carries; None when nothing waits or the lane may not go.

    A lane that had to wait for the limit takes the other urgency along, people's answers first; one that has room
    sends only its own. Beside a request in flight only a full batch may start.
    """
    now = ports.clock.now()
    lease_until = now + dt.timedelta(seconds=ports.timeout_s + LEASE_MARGIN_S)
    with ports.sessions.begin() as session:
        state = lanes.lock(session, lane, now)
        if state is None or (state.not_before is not None and state.not_before > now):
            return None
        gathered = state.not_before is not None
        limit = ports.batch_size if gathered or lane != INTERACTIVE else min(INTERACTIVE_BATCH, ports.batch_size)
        if state.in_flight and (
            state.in_flight >= MAX_IN_FLIGHT or utterances.count_waiting(session, lane, now) < limit
        ):
            return None
        sources = [INTERACTIVE, AMBIENT] if gathered else [lane]
        ids = utterances.claim_planned(session, sources, now, lease_until, limit)
        if not ids:
            return None
        plans = tuple(utterances.gather(session, ids))
        provider, model = ports.llm.provider, ports.llm.model
        request_id = lanes.open_request(session, lane, provider, model, len(plans), lease_until)
    return Batch(lane, request_id, plans)


def _reserve(ports: GenerationPorts, batch: Batch, tokens: int) -> bool:
    """Takes room for the request; without room, gives the plans back and holds the lane until there may be some."""
    urgent = any(plan.urgency == "interactive" for plan in batch.plans)
    grant = ports.limiter.reserve(tokens, urgent)
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        if grant.granted:
            lanes.hold(session, batch.lane, now if grant.crowded else None)
            return True
        lanes.drop_request(session, batch.request_id)
        lanes.hold(session, batch.lane, now + dt.timedelta(seconds=grant.retry_in_s))
        utterances.release(session, batch.ids, now, failed=False)
    metrics.LLM_WAITS.labels(batch.lane).inc()
    if grant.retry_in_s < HINT_S:
        ports.queue.nudge_generation(batch.lane, grant.retry_in_s + 0.01)
    return False


def _record_failure(ports: GenerationPorts, batch: Batch, error: LLMError, latency_s: float) -> None:
    """Gives the plans back. A malformed answer counts against them, so that they ride in smaller batches next."""
    malformed = isinstance(error, LLMMalformed)
    wait_s = _wait(error)
    outcome = type(error).__name__.removeprefix("LLM").lower()
    if isinstance(error, LLMRateLimited):
        ports.limiter.rest(wait_s)
    now = ports.clock.now()
    with ports.sessions.begin() as session:
        lanes.close_request(session, batch.request_id, outcome, 0, (0, 0), latency_s)
        utterances.release(session, batch.ids, now, failed=malformed)
        if not malformed:
            lanes.hold(session, batch.lane, now + dt.timedelta(seconds=wait_s))
    metrics.LLM_REQUESTS.labels(batch.lane, outcome).inc()
    log.warning("llm_request_failed", lane=batch.lane, prompts=len(batch.plans), outcome=outcome, error=str(error))


def _wait(error: LLMError) -> float:
    if isinstance(error, LLMRateLimited):
        return error.seconds
    return REJECTED_RETRY_S if isinstance(error, LLMRejected) else random.uniform(RETRY_S / 2, RETRY_S)


def _record_answers(
    ports: GenerationPorts,
    batch: Batch,
    items: Sequence[prompting.PromptItem],
    answers: dict[str, str],
    completion: Completion,
    latency_s: float,
) -> None:
    """Stores each text as ready or discarded; a plan without a text goes back to the lane."""
    settings = ports.settings.read()
    now = ports.clock.now()
    missing = [plan.id for plan in batch.plans if str(plan.id) not in answers]
    with ports.sessions.begin() as session:
        tokens = (completion.tokens_in, completion.tokens_out)
        lanes.close_request(session, batch.request_id, "answered", len(answers), tokens, latency_s)
        utterances.release(session, missing, now, failed=True)
        for plan, item in zip(batch.plans, items, strict=True):
            text = answers.get(str(plan.id))
            if text is not None:
                _finish(session, plan, item, text, now, settings)
    _observe(batch, completion, latency_s)
    log.info("generated", lane=batch.lane, prompts=len(batch.plans), answered=len(answers), seconds=round(latency_s, 2))
    ports.events.publish("generated", ids=batch.ids)
    ports.queue.nudge_delivery()


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


def _observe(batch: Batch, completion: Completion, latency_s: float) -> None:
    metrics.LLM_REQUESTS.labels(batch.lane, "answered").inc()
    metrics.LLM_PROMPTS.observe(len(batch.plans))
    metrics.LLM_TOKENS.labels("in").inc(completion.tokens_in)
    metrics.LLM_TOKENS.labels("out").inc(completion.tokens_out)
    metrics.LLM_SECONDS.observe(latency_s)
