"""Long work in short transactions: each is committed and timed, with a pause in between for other work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import SessionFactory
from app.domain.work.batch_size import FIRST, fewer_rows, next_rows
from app.repositories.work.statements import bound_statements, was_cut_off

LONGEST_S = 0.9
"""Statement timeout of a batch: Postgres cancels a longer one, and fewer rows are tried."""

LONGEST_PAUSE_S = 1.0


class Progress(Protocol):
    """The progress of a piece of work."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        ...


State = TypeVar("State", bound=Progress)


@dataclass(frozen=True, slots=True)
class BatchPorts:
    """The database; `timer` returns seconds, `pause` sleeps: `rest` seconds for every second of work."""

    sessions: SessionFactory
    rest: float = 1.0
    timer: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep


def run_batches(
    ports: BatchPorts, deadline: float, step: Callable[[Session, int, State], State], state: State
) -> State:
    """Calls `step` with a transaction, a number of rows and the progress, until it is finished or time is up.

    `deadline` is by the ports' timer. Returns the committed progress.
    """
    rows = FIRST
    while not state.finished and ports.timer() < deadline:
        began = ports.timer()
        try:
            with ports.sessions.begin() as session:
                bound_statements(session, LONGEST_S)
                after = step(session, rows, state)
        except OperationalError as error:
            fewer = fewer_rows(rows)
            if fewer is None or not was_cut_off(error):
                raise
            rows = fewer
            continue
        state = after
        took = ports.timer() - began
        rows = next_rows(rows, took)
        if not state.finished:
            ports.pause(min(took * ports.rest, LONGEST_PAUSE_S))
    return state
