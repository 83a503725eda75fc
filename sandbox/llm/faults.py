"""Injected faults: provider failures, switched on for some requests and off again."""

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from sandbox.llm.fault_kinds import FaultKind, needs_several_items

Clock = Callable[[], float]


class FaultError(ValueError):
    """An invalid description of a fault; the text names the field and its valid values."""


@dataclass(frozen=True)
class Fault:
    """One active fault.

    `left` requests remain (None: no such bound); `until` is a time of the clock in seconds; `probability` is the chance
    for each request it could apply to. `retry_after`, in seconds, is for `status_429` alone; without it the answer has
    no such header.
    """

    id: int
    kind: FaultKind
    left: int | None = None
    probability: float = 1.0
    until: float | None = None
    retry_after: float | None = None


class FaultBoard:
    """The active faults, in order of activation; the first that applies to a request is used."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(self, wish: object) -> Fault:
        """Activates a fault from its JSON description. Raises FaultError when a field is wrong."""
        fault = read_fault(wish, self._next_id, self._clock())
        self._next_id += 1
        self._faults.append(fault)
        return fault

    def clear(self) -> int:
        """Removes all faults; returns how many were active."""
        count = len(self._live())
        self._faults.clear()
        return count

    def list_all(self) -> list[dict[str, Any]]:
        """Returns the active faults, as JSON, with `for_s` as the remaining seconds."""
        now = self._clock()
        return [
            {**asdict(fault), "for_s": None if fault.until is None else round(fault.until - now, 3)}
            for fault in self._live()
        ]

    def draw_habits(self, habits: Mapping[FaultKind, float]) -> frozenset[FaultKind]:
        """Returns the habits that a request meets, each by its share of requests."""
        return frozenset(kind for kind, share in habits.items() if self._rng.random() < share)

    def draw(self, items: int) -> Fault | None:
        """Returns the fault for a request of `items` items and counts it; None when none applies."""
        for fault in self._live():
            if needs_several_items(fault.kind) and items < 2:
                continue
            if self._rng.random() < fault.probability:
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.left is not None:
            self._faults[self._faults.index(fault)] = replace(fault, left=fault.left - 1)

    def _live(self) -> list[Fault]:
        now = self._clock()
        self._faults = [
            fault for fault in self._faults if fault.left != 0 and (fault.until is None or now < fault.until)
        ]
        return self._faults


def read_fault(wish: object, fault_id: int, now: float) -> Fault:
    """Parses a fault from `{kind, count | probability | for_s, retry_after?}`; without a bound it stays on."""
    if not isinstance(wish, dict):
        raise FaultError('body: not a JSON object; send for example {"kind": "status_500", "count": 1}')
    kinds = get_args(FaultKind)
    if wish.get("kind") not in kinds:
        raise FaultError(f"kind: unknown; use one of {', '.join(kinds)}")
    unknown = sorted(set(wish) - {"kind", "count", "probability", "for_s", "retry_after"})
    if unknown:
        raise FaultError(f"{unknown[0]}: unknown; use kind, count, probability, for_s, retry_after")
    count = _read_number(wish, "count", 1, 1_000_000)
    for_s = _read_number(wish, "for_s", 0, 86_400)
    probability = _read_number(wish, "probability", 0, 1)
    return Fault(
        id=fault_id,
        kind=wish["kind"],
        left=None if count is None else int(count),
        probability=1.0 if probability is None else probability,
        until=None if for_s is None else now + for_s,
        retry_after=_read_number(wish, "retry_after", 0, 86_400),
    )


def _read_number(wish: dict[str, Any], field: str, low: float, high: float) -> float | None:
    value = wish.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise FaultError(f"{field}: must be a number from {low} to {high}")
    return float(value)
