"""Driving a limiter for real, and proving from the outside that it let too much through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.ports import Grant


@dataclass(frozen=True, slots=True)
class Taken:
    """What was granted between two readings of the clock, in seconds."""

    before: float
    after: float
    amount: int = 1


def drive(ask: Callable[[], Grant], seconds: float, amount: int = 1, threads: int = 1) -> list[Taken]:
    """All that `ask` grants within `seconds` to callers who wait exactly as they are told."""
    taken: list[Taken] = []
    until = time.monotonic() + seconds

    def work() -> None:
        while (before := time.monotonic()) < until:
            grant = ask()
            if grant.granted:
                taken.append(Taken(before, time.monotonic(), amount))
            else:
                time.sleep(min(grant.retry_in_s, max(0.0, until - time.monotonic())) + 0.001)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(taken, key=lambda one: one.before)


def most_within(taken: list[Taken], window_s: float) -> int:
    """The most that was certainly taken within some `window_s`: first asked and last granted lie that close."""
    most = 0
    for first in taken:
        inside = [one for one in taken if one.before >= first.before and one.after < first.before + window_s]
        most = max(most, sum(one.amount for one in inside))
    return most
