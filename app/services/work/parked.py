"""Parked work, and operators' decisions on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import IntegrityError

from app.db import SessionFactory
from app.domain.errors import InvalidInput, NotFound
from app.domain.ports import Clock, TaskQueue
from app.repositories.work import failures
from app.repositories.work.failures import ParkedItem
from app.services.work.kinds import KINDS

__all__ = ["BY_NAME", "ParkedItem", "ParkedWork", "dismiss", "list_parked", "try_again"]

LISTED = 200
BY_NAME = {kind.name: kind for kind in KINDS}
GONE = "This is not parked any more."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ParkedWork:
    """The last parked items, and how many there are in all."""

    items: Sequence[ParkedItem]
    total: int


def list_parked(sessions: SessionFactory) -> ParkedWork:
    """Returns parked work."""
    with sessions() as session:
        return ParkedWork(failures.list_parked(session, LISTED), failures.count_parked(session))


def try_again(sessions: SessionFactory, queue: TaskQueue, clock: Clock, failure_id: int, operator: str) -> None:
    """Retries an item, with all its attempts.

    Raises NotFound when it is not parked (any more), and InvalidInput while its bot or its chat is busy.
    """
    try:
        with sessions.begin() as session:
            taken = failures.take_parked(session, failure_id)
            kind = BY_NAME.get(taken[0]) if taken else None
            found = bool(taken and kind and kind.take_up(session, taken[1], operator, clock.now()))
    except IntegrityError:
        raise InvalidInput("item", "its bot or chat has something else under way; try again in a minute") from None
    if not found or taken is None:
        raise NotFound(GONE)
    log.info("parked_item_tried_again", kind=taken[0], item=taken[1], username=operator)
    if kind and kind.nudge:
        kind.nudge(queue)


def dismiss(sessions: SessionFactory, failure_id: int, operator: str) -> None:
    """Removes an item from the list; its state stays. Raises NotFound when it is not on it (any more)."""
    with sessions.begin() as session:
        taken = failures.take_parked(session, failure_id)
    if taken is None:
        raise NotFound(GONE)
    log.info("parked_item_dismissed", kind=taken[0], item=taken[1], username=operator)
