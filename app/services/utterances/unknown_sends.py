"""Operators' decisions on sends with unknown outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import IntegrityError

from app.db import SessionFactory
from app.domain.behaviour.trace import Step
from app.domain.errors import InvalidInput, NotFound
from app.domain.ports import Clock
from app.repositories.utterances import unknown_sends
from app.repositories.utterances.unknown_sends import UnknownSend

__all__ = ["UnknownSend", "UnknownSends", "dismiss", "list_unknown", "resend"]

LISTED = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class UnknownSends:
    """The newest unknown sends, and how many there are in all."""

    items: Sequence[UnknownSend]
    total: int


def list_unknown(sessions: SessionFactory) -> UnknownSends:
    """Sends that may or may not have been delivered."""
    with sessions() as session:
        return UnknownSends(unknown_sends.list_unknown(session, LISTED), unknown_sends.count_unknown(session))


def resend(sessions: SessionFactory, utterance_id: int, operator: str, clock: Clock) -> None:
    """Sends one again after an operator checked the chat; its trace records the operator.

    Raises NotFound when its outcome is known by now, and InvalidInput while its bot or its chat is busy.
    """
    try:
        with sessions.begin() as session:
            found = unknown_sends.resend(session, utterance_id, Step(f"resent by {operator}", "ok"), clock.now())
    except IntegrityError:
        raise InvalidInput("send", "its bot or chat has something else under way; try again in a minute") from None
    _check(found)
    log.info("unknown_send_resent", utterance=utterance_id, username=operator, state="ready")


def dismiss(sessions: SessionFactory, utterance_id: int, operator: str) -> None:
    """Discards one. Raises NotFound when its outcome is known by now."""
    with sessions.begin() as session:
        found = unknown_sends.dismiss(session, utterance_id, Step(f"dismissed by {operator}", "dismissed"))
    _check(found)
    log.info("unknown_send_dismissed", utterance=utterance_id, username=operator, state="failed")


def _check(found: bool) -> None:
    if not found:
        raise NotFound("This send is not unknown any more.")
