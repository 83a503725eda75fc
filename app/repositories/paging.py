"""Keyset pagination by id: every page costs the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE_SIZE = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `next_after` and `previous_before` are the cursor ids of the neighbouring pages, if any."""

    items: Sequence[Item]
    next_after: int | None = None
    previous_before: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Position of a page: after id `after`, or before id `before`; the start of the list when both are None."""

    after: int | None = None
    before: int | None = None
    size: int = PAGE_SIZE


def read_page(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[int],
    cursor: Cursor,
    build: Callable[[Row[*tuple[Any, ...]]], Item],
    newest_first: bool = False,
) -> Page[Item]:
    """Reads one page of `statement`, ordered by `key`, which must be its first column and unique.

    `newest_first` orders by `key` descending; smaller ids then come after an id.
    """
    backwards = cursor.before is not None
    edge = cursor.before if backwards else cursor.after
    downwards = backwards != newest_first
    statement = statement.order_by(key.desc() if downwards else key)
    if edge is not None:
        statement = statement.where(key < edge if downwards else key > edge)
    rows = list(session.execute(statement.limit(cursor.size + 1)))
    more = len(rows) > cursor.size
    rows = rows[: cursor.size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (backwards or more)
    has_previous = bool(rows) and (more if backwards else cursor.after is not None)
    return Page(
        [build(row) for row in rows],
        next_after=rows[-1][0] if has_next else None,
        previous_before=rows[0][0] if has_previous else None,
    )
