"""A batch of leased items, one after the other, with errors isolated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from app.db import SessionFactory
from app.domain.ports import Clock
from app.logs import bound
from app.outages import is_outage
from app.repositories.work import failures
from app.services.work.kinds import Kind
from app.services.work.retries import set_aside_alone

CONTEXT = (("bot", "bot_id"), ("chat", "chat_id"))


class Item(Protocol):
    """A leased item; its bot and chat are logged where it has `bot_id` and `chat_id`."""

    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Item)
R = TypeVar("R")


def work_each(sessions: SessionFactory, clock: Clock, kind: Kind, items: Sequence[T], do: Callable[[T], R]) -> list[R]:
    """Calls `do` for each item, with its ids in every log line, and returns the results of those that succeeded.

    An item that raises an error is set aside at once and the next one follows. Raises outages only: the rest of the
    batch is due again when its leases end.
    """
    results: list[R] = []
    well: list[int] = []
    for item in items:
        with bound(**_context(kind, item)):
            try:
                results.append(do(item))
            except Exception as error:
                if is_outage(error):
                    raise
                set_aside_alone(sessions, clock, kind, item.id, error)
            else:
                well.append(item.id)
    if kind.recurs and well:
        with sessions.begin() as session:
            failures.forget(session, kind.name, well)
    return results


def _context(kind: Kind, item: Item) -> dict[str, int]:
    ids = {name: getattr(item, field, None) for name, field in CONTEXT}
    return {kind.owner: item.id} | {name: value for name, value in ids.items() if value is not None}
