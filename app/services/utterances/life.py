"""An utterance's life in the log: a line for every step, named after the state it came to, once that is committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import structlog
from sqlalchemy.orm import Session

from app.after_commit import after_commit
from app.repositories.utterances.generation import Moved

log = structlog.get_logger()


def log_step(session: Session, state: str, utterance_id: int, **facts: Any) -> None:
    """One line about one utterance when the transaction is committed; none when it is not."""
    after_commit(session, log.info, state, utterance=utterance_id, **facts)


def log_steps(session: Session, state: str, utterance_ids: Iterable[int], **facts: Any) -> None:
    """The same for each of several, so that a search for any one of them finds it."""
    for utterance_id in utterance_ids:
        log_step(session, state, utterance_id, **facts)


def log_moves(session: Session, moved: Iterable[Moved], reason: str) -> None:
    """Plans that left `generating` without a text: back in their lane for this reason, or given up for their own."""
    for utterance_id, state, given_up, attempts in moved:
        log_step(session, state, utterance_id, reason=given_up or reason, attempts=attempts)
