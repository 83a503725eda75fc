"""The inbox for operators: recent updates, their outcomes, and unrecognised ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db import SessionFactory
from app.domain.ports import Clock
from app.repositories.ingest import inbox
from app.repositories.ingest.inbox import UnrecognisedUpdate
from app.repositories.settings.overrides import read_update_mode

COUNTED_S = 3600.0
SHOWN = 50


@dataclass(frozen=True, slots=True)
class InboxView:
    """Counts of the last hour's updates by outcome; `unrecognised` are the newest of their kind."""

    mode: str
    waiting: int
    outcomes: Mapping[str, int]
    unrecognised: Sequence[UnrecognisedUpdate]


def read_inbox(sessions: SessionFactory, clock: Clock) -> InboxView:
    """Returns the inbox's current state."""
    since = clock.now() - dt.timedelta(seconds=COUNTED_S)
    with sessions() as session:
        return InboxView(
            mode=read_update_mode(session),
            waiting=inbox.count_waiting(session),
            outcomes=inbox.count_outcomes(session, since),
            unrecognised=inbox.list_unrecognised(session, SHOWN),
        )
