"""CPU time of processes, in seconds of user and system time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Sample:
    """CPU seconds used so far by all workers and by their servers, and the ambient prompts left."""

    workers_s: float
    servers_s: float
    left: int


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Returns the CPU seconds of the processes and their children, including those that have ended."""
    return sum(_with_children(process) for process in processes)


def _with_children(process: psutil.Process) -> float:
    own = process.cpu_times()
    total = float(own.user + own.system + own.children_user + own.children_system)
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += float(times.user + times.system)
    return total
