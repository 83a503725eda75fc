"""One real, small request to a provider, to see whether and in which form it answers; it is paid for, and counted."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import SessionFactory
from app.domain.errors import LLMError, LLMMalformed
from app.domain.money import Price
from app.domain.ports import Clock, Completion, LLMClient
from app.domain.prompting import estimate_tokens
from app.domain.prompting.reading.tolerant import read_answer
from app.domain.prompting.schemas import items_schema
from app.outages import log_error
from app.repositories.lanes import lanes
from app.repositories.lanes.lanes import Settlement
from app.repositories.money import spending
from app.repositories.money.spending import FLEET

LANE = "check"
"""Where the ledger shows such requests; no worker serves it."""

SCHEMA = items_schema({"text": {"type": "string"}}, 1)
MESSAGES = (
    {
        "role": "system",
        "content": "You answer a short test. Answer as JSON with one item; its id is 1, its text is one word.",
    },
    {"role": "user", "content": '{"items":[{"id":"1","task":"Say hello in one word."}]}'},
)
MOST_TOKENS = 60
"""Of the answer: with 100 tokens of prompt below a cent of any model on the price list."""

LEAST_S = 1.0
"""Seconds below which no further form is tried."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check. `said` is the model's word, or what went wrong and what to do, in words for operators."""

    works: bool
    seconds: float
    said: str
    tokens_in: int = 0
    tokens_out: int = 0
    micros: int = 0
    repairs: tuple[str, ...] = ()


class OwnClient(LLMClient, Protocol):
    """A client that nobody else uses."""

    def close(self) -> None:
        """Closes its connections."""
        ...


def check_client(client: LLMClient, price: Price, timeout_s: float) -> tuple[Checked, LLMError | None]:
    """Makes the request; returns what came of it, and the error where there was one. Never raises LLMError."""
    began = time.monotonic()
    completion = None
    try:
        completion = client.complete(MESSAGES, SCHEMA, MOST_TOKENS, None, timeout_s=timeout_s)
        reading = read_answer(completion.text, ["1"], SCHEMA, completion.truncated)
        word = str(reading.items["1"].get("text") or "").strip() if "1" in reading.items else ""
        if not word:
            raise LLMMalformed("The answer holds no text.")
    except LLMError as error:
        seconds = time.monotonic() - began
        tokens = _spent(completion, error)
        return Checked(False, seconds, str(error), *tokens, price.cost(*tokens)), error
    tokens = (completion.tokens_in, completion.tokens_out)
    cost = price.cost(*tokens, completion.tokens_cached)
    return Checked(True, time.monotonic() - began, word[:80], *tokens, cost, tuple(reading.repairs)), None


def check_forms(clients: Mapping[str, LLMClient], price: Price, total_s: float) -> dict[str, Checked]:
    """Makes one request in each form of an answer, one after the other, by clients that may use no other one.

    A form for which no time is left is not tried.
    """
    ends_at, found = time.monotonic() + total_s, {}
    for form, client in clients.items():
        left_s = ends_at - time.monotonic()
        if left_s < LEAST_S:
            found[form] = Checked(False, 0.0, f"Not tried: the others took {total_s:g} s.")
            continue
        found[form], _ = check_client(client, price, left_s)
    return found


def try_forms(
    sessions: SessionFactory, clock: Clock, clients: Mapping[str, OwnClient], price: Price, total_s: float
) -> dict[str, Checked]:
    """Checks each form as `check_forms` does, writes what was paid into the ledger, and closes the clients.

    A form that a server does not know is no failure of the provider.
    """
    try:
        found = check_forms(clients, price, total_s)
    finally:
        for client in clients.values():
            client.close()
    for form, checked in found.items():
        if checked.seconds:
            record_check(sessions, clock, clients[form], checked)
    return found


def record_check(
    sessions: SessionFactory, clock: Clock, client: LLMClient, checked: Checked, error: LLMError | None = None
) -> None:
    """Writes a check into the ledger and the day's account of the fleet.

    With its `error` it counts as one of the provider's failures; without, it is only what was paid. An outage of
    Postgres is logged: the check itself stays true.
    """
    now = clock.now()
    settlement = Settlement(
        outcome="answered" if checked.works else error.outcome if error else "rejected",
        answered=int(checked.works),
        tokens_in=checked.tokens_in,
        tokens_out=checked.tokens_out,
        tokens_cached=0,
        cost_micros=checked.micros,
        latency_s=checked.seconds,
        fault=error.fault if error else None,
        sentence=error.sentence if error else None,
    )
    try:
        with sessions.begin() as session:
            lease = now + dt.timedelta(seconds=1)
            request = lanes.open_request(session, LANE, client.provider, client.model, "", 1, lease)
            lanes.close_request(session, request, settlement)
            spending.add(session, now.date(), {FLEET: checked.micros})
    except SQLAlchemyError as outage:
        log_error(log, "provider_check_not_stored", outage)


def _spent(completion: Completion | None, error: LLMError) -> tuple[int, int]:
    if completion is not None:
        return completion.tokens_in, completion.tokens_out
    return (error.spent.tokens_in, error.spent.tokens_out) if error.spent else (0, 0)


def estimate_check(price: Price) -> int:
    """Returns what a check costs at most, in micros."""
    return price.cost(estimate_tokens(MESSAGES) + 200, MOST_TOKENS)
