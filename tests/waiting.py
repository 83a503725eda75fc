"""Waiting in tests: for a condition, never for a time. The one place of the tests that sleeps."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")
LOOK_S = 0.02
LEAST_S = 20.0
"""No wait fails earlier: a deadline only bounds a failure, and a wait that comes true costs what it needs."""

ROUNDS = 300_000
REFERENCE_S = 0.021
"""Wall-clock time of `ROUNDS` on the quiet machine with 2 cores on which the deadlines of the tests were chosen."""


def wait_until(condition: Callable[[], T], within_s: float = LEAST_S, what: str = "the condition") -> T:
    """The first true value of `condition`; fails after `patience(within_s)` seconds, naming `what`."""
    deadline = time.monotonic() + patience(within_s)
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true within {patience(within_s):.0f} s"
        time.sleep(LOOK_S)
    return found


async def until(condition: Callable[[], object], within_s: float = LEAST_S, what: str = "the condition") -> None:
    """The same within an event loop, whose other tasks go on meanwhile."""
    deadline = time.monotonic() + patience(within_s)
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true within {patience(within_s):.0f} s"
        await sleep(LOOK_S)


async def let_others_run(rounds: int = 50) -> None:
    """Lets every other task of the loop run until it waits for something, `rounds` times in turn."""
    for _ in range(rounds):
        await sleep(0)


def patience(seconds: float) -> float:
    """How long this machine may take for what takes at most `seconds` on a quiet one; `LEAST_S` at least."""
    return max(seconds, LEAST_S) * slowness()


def stretched(seconds: float) -> float:
    """A timeout that a test lets run out, as long as this machine needs it, but three times `seconds` at most."""
    return seconds * min(3.0, slowness())


@cache
def slowness() -> float:
    """How much longer this machine takes than the reference, its other work included: 1 or more, measured once."""
    began = time.monotonic()
    total = 0
    for number in range(ROUNDS):
        total += number * number % 7
    return max(1.0, (time.monotonic() - began) / REFERENCE_S)
