"""Driving a limiter, and proving from the outside that it let too much through."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.ports import Grant
from tests.integration.adapters.redis_clock import RedisClock
from tests.waiting import wait_until

LATE_S = 0.004
"""A caller comes up to this much later than it was told, and asks again that soon after a grant."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was granted between two readings of the clock, in seconds."""

    before: float
    after: float
    amount: int = 1


def drive(
    clock: RedisClock, ask: Callable[[], Grant], seconds: float, amount: int = 1, callers: int = 1
) -> list[Taken]:
    """All that `ask` grants within `seconds` of `clock` to callers who wait as they are told."""
    rng, began = random.Random(callers), clock.now
    turns, taken = [(began, number) for number in range(callers)], []
    while turns[0][0] < began + seconds:
        at, caller = heapq.heappop(turns)
        clock.advance(at - clock.now)
        grant = ask()
        if grant.granted:
            taken.append(Taken(at, at, amount))
        heapq.heappush(turns, (at + grant.retry_in_s + rng.uniform(0.001, LATE_S), caller))
    clock.advance(began + seconds - clock.now)
    return taken


def drive_for_real(ask: Callable[[], Grant], count: int, threads: int) -> list[Taken]:
    """What `ask` grants to threads that wait as they are told, on the server's own clock, until it is `count`."""
    taken: list[Taken] = []

    def work() -> None:
        while len(taken) < count:
            before = time.monotonic()
            grant = ask()
            after = time.monotonic()
            if grant.granted:
                taken.append(Taken(before, after))
            else:
                wait_as_told(after, grant)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(taken, key=lambda one: one.before)


def wait_as_told(asked: float, grant: Grant) -> None:
    """Returns at the moment that a refusal, which came at `asked`, named for the next try."""
    wait_until(lambda: time.monotonic() >= asked + grant.retry_in_s, grant.retry_in_s, "the wait that was told")


def most_within(taken: list[Taken], window_s: float) -> int:
    """The most that was certainly taken within some `window_s`: first asked and last granted lie that close."""
    most = 0
    for first in taken:
        inside = [one for one in taken if one.before >= first.before and one.after < first.before + window_s]
        most = max(most, sum(one.amount for one in inside))
    return most
