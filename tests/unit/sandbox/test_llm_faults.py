"""Faults on demand: bounds, order, and words for a wrong description."""

import random
from typing import Any, get_args

import pytest

from sandbox.llm.fault_kinds import FaultKind
from sandbox.llm.faults import FaultBoard, FaultError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> FaultBoard:
    return FaultBoard(clock, random.Random(1))


def drawn(board: FaultBoard, requests: int, items: int = 3) -> list[str | None]:
    faults = [board.draw(items) for _ in range(requests)]
    return [fault.kind if fault else None for fault in faults]


def test_a_counted_fault_meets_that_many_requests(board: FaultBoard) -> None:
    board.add({"kind": "status_500", "count": 2})
    assert drawn(board, 3) == ["status_500", "status_500", None]


def test_a_timed_fault_ends(board: FaultBoard, clock: Clock) -> None:
    board.add({"kind": "slow", "for_s": 10})
    clock.now += 9.9
    assert drawn(board, 1) == ["slow"]
    clock.now += 0.2
    assert drawn(board, 1) == [None]
    assert board.list_all() == []


def test_a_fault_with_a_probability_meets_about_that_share(board: FaultBoard) -> None:
    board.add({"kind": "timeout", "probability": 0.3})
    assert 230 < drawn(board, 1000).count("timeout") < 370


def test_a_fault_without_a_bound_stays_until_cleared(board: FaultBoard) -> None:
    board.add({"kind": "refusal"})
    assert drawn(board, 5) == ["refusal"] * 5
    assert board.clear() == 1
    assert drawn(board, 1) == [None]


def test_the_first_fault_asked_for_strikes_first(board: FaultBoard) -> None:
    board.add({"kind": "reset", "count": 1})
    board.add({"kind": "leak", "count": 1})
    assert drawn(board, 3) == ["reset", "leak", None]


@pytest.mark.parametrize("kind", ["swapped_ids", "leak"])
def test_what_takes_two_items_waits_for_a_request_that_has_them(board: FaultBoard, kind: str) -> None:
    board.add({"kind": kind, "count": 1})
    assert drawn(board, 1, items=1) == [None]
    assert drawn(board, 1, items=2) == [kind]


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_every_kind_can_be_asked_for_and_is_listed(board: FaultBoard, kind: str) -> None:
    board.add({"kind": kind, "count": 3, "for_s": 60})
    (listed,) = board.list_all()
    assert (listed["kind"], listed["left"], listed["for_s"]) == (kind, 3, 60)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ([], "body"),
        ({"kind": "fire"}, "kind"),
        ({}, "kind"),
        ({"kind": "slow", "count": 0}, "count"),
        ({"kind": "slow", "count": "two"}, "count"),
        ({"kind": "slow", "probability": 1.5}, "probability"),
        ({"kind": "slow", "for_s": -1}, "for_s"),
        ({"kind": "slow", "times": 3}, "times"),
        ({"kind": "status_429", "retry_after": True}, "retry_after"),
    ],
)
def test_a_wrong_description_is_refused_with_the_field_named(board: FaultBoard, wish: Any, field: str) -> None:
    with pytest.raises(FaultError, match=f"^{field}: "):
        board.add(wish)
    assert board.list_all() == []
