"""Callbacks that run after a transaction is committed, and never after a rollback."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_WAITING = "after_commit"


def after_commit(session: Session, act: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Calls `act` with the arguments when the open transaction is committed, in the order of the calls.

    Callbacks of a savepoint are dropped when it is rolled back.
    """
    if session.get_transaction() is None:
        session.begin()
    place = session.get_nested_transaction() or session.get_transaction()
    session.info.setdefault(_WAITING, []).append((place, partial(act, *args, **kwargs)))


@event.listens_for(Session, "after_commit")
def _act(session: Session) -> None:
    """Runs the callbacks; those of a released savepoint move to its parent, since a release is no commit."""
    ended = session.get_nested_transaction()
    if ended is not None:
        waiting = session.info.get(_WAITING, [])
        session.info[_WAITING] = [(ended.parent if place is ended else place, act) for place, act in waiting]
        return
    for _, act in session.info.pop(_WAITING, []):
        act()


@event.listens_for(Session, "after_soft_rollback")
def _drop(session: Session, previous: SessionTransaction) -> None:
    waiting = session.info.get(_WAITING, [])
    session.info[_WAITING] = [(place, act) for place, act in waiting if previous.nested and place is not previous]
