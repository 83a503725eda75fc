"""Work in parts: what raises an error is found, and everything else is done in its order."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from app.services.work import work_in_parts
from app.services.work.retries import delay_s


@given(st.sets(st.integers(0, 60)), st.integers(1, 60))
def test_all_but_the_culprits_are_done_in_order(culprits: set[int], count: int) -> None:
    items = list(range(count))

    def do(part: Sequence[int]) -> list[int]:
        if culprits & set(part):
            raise ValueError(part)
        return list(part)

    done, failed = work_in_parts(items, do)
    assert [item for part in done for item in part] == [item for item in items if item not in culprits]
    assert [one.item for one in failed] == [item for item in items if item in culprits]
    assert all(isinstance(one.error, ValueError) for one in failed)


@pytest.mark.parametrize("count", [1, 2, 20, 200])
def test_one_culprit_costs_two_calls_a_halving(count: int) -> None:
    for culprit in {0, count // 2, count - 1}:
        calls: list[int] = []

        def do(part: Sequence[int], culprit: int = culprit, calls: list[int] = calls) -> None:
            calls.append(len(part))
            if culprit in part:
                raise ValueError

        work_in_parts(range(count), do)
        assert len(calls) <= 1 + 2 * math.ceil(math.log2(count))


def test_an_outage_passes() -> None:
    def do(part: Sequence[int]) -> None:
        raise redis.TimeoutError("away")

    with pytest.raises(redis.TimeoutError):
        work_in_parts([1, 2], do)


def test_the_delay_grows() -> None:
    assert [delay_s(attempts) for attempts in (1, 2, 3)] == [5.0, 20.0, 80.0]
