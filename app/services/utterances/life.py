"""Log lines of an utterance's state changes, each named after the new state and written after the commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.after_commit import after_commit
from app.repositories.utterances.generation import Moved

log = structlog.get_logger()


def log_step(session: Session, state: str, utterance_id: int, **facts: Any) -> None:
    """Logs one line on an utterance when the transaction is committed; none on rollback."""
    after_commit(session, log.info, state, utterance=utterance_id, **facts)


def log_steps(session: Session, state: str, utterance_ids: Iterable[int], **facts: Any) -> None:
    """Logs a line for each utterance, so that a search for any one of them finds it."""
    for utterance_id in utterance_ids:
        log_step(session, state, utterance_id, **facts)


def log_moves(session: Session, moved: Iterable[Moved], reason: str) -> None:
    """Logs plans that left `generating` without a text: requeued for `reason`, or given up for their own."""
    for utterance_id, state, given_up, attempts in moved:
        log_step(session, state, utterance_id, reason=given_up or reason, attempts=attempts)
