"""Items processed together, and bisected when one of them raises an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.outages import is_outage

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """An item that raises an error even by itself."""

    item: T
    error: Exception


def work_in_parts(
    items: Sequence[T],
    do: Callable[[Sequence[T]], R],
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> tuple[list[R], list[Failed[T]]]:
    """Processes all items at once; returns the results and the failed items. Raises outages only.

    On an error the halves are tried, each in a `scope` of its own (a savepoint, where `do` writes), until every culprit
    is alone: one in 200 costs 17 calls at most. `do` may be called again for items that it has seen.
    """
    try:
        with scope():
            return [do(items)], []
    except Exception as error:
        if is_outage(error):
            raise
        if len(items) == 1:
            return [], [Failed(items[0], error)]
    middle = len(items) // 2
    first, second = (work_in_parts(part, do, scope) for part in (items[:middle], items[middle:]))
    return first[0] + second[0], first[1] + second[1]
