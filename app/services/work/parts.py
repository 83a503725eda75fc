"""Items that are worked on together, and cut into halves only when one of them raises an error."""

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
    """An item that raised an error even by itself."""

    item: T
    error: Exception


def work_in_parts(
    items: Sequence[T],
    do: Callable[[Sequence[T]], R],
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> tuple[list[R], list[Failed[T]]]:
    """Does all items at once; what came of it, and the items that cannot be done. Raises outages only.

    When that raises an error the halves are tried, each in a `scope` of its own (a savepoint, where `do` writes), until
    every culprit stands alone: one in 200 costs 17 calls at most. `do` may be called again for items that it has seen.
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
